#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

struct z_stream_s;

namespace qdc::decode
{

/// Unpacks a body with `Content-Encoding: gzip` or `deflate` (zlib format) as it arrives. Several gzip members in a row
/// are one body (RFC 1952, section 2.2); zero bytes after a member are padding. Holds zlib's window only, about 40 KiB;
/// the output of a call is bounded by the caller.
class inflater
{
public:
    /// Throws std::bad_alloc.
    inflater();

    /// Unpacks from the front of `bytes`, which it shortens, to `out`, which must not be empty. Returns how many bytes
    /// it wrote; fewer than out.size() means that all of `bytes` is taken. errc::gzip_damaged: not gzip or zlib, a
    /// wrong checksum, something else after a member. After an error it is of no more use.
    [[nodiscard]] result<std::size_t> inflate(std::string_view& bytes, std::span<char> out);

    /// Whether the body may end here: at least one member was read, and the last one to its end. A body that ends
    /// elsewhere is cut.
    bool finished() const noexcept { return finished_; }

private:
    struct deleter
    {
        void operator()(z_stream_s* stream) const noexcept;
    };

    std::unique_ptr<z_stream_s, deleter> stream_;
    bool finished_{false};
};

}  // namespace qdc::decode
