#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

struct z_stream_s;

namespace qdc::net
{

/// Packs each piece as a gzip member of its own: what the platform's receivers recognise by themselves in a stream of
/// lines. (Devo python-sdk, docs/sender, "zip": members one behind the other, gzip only.)
class gzip_packer
{
public:
    /// `level`: 1 to 9. Throws std::bad_alloc.
    explicit gzip_packer(int level);

    /// The member; valid until the next call.
    std::span<const char> pack(std::string_view plain);

private:
    struct deleter
    {
        void operator()(z_stream_s* stream) const noexcept;
    };

    std::unique_ptr<z_stream_s, deleter> stream_;
    std::string packed_;
};

}  // namespace qdc::net
