#pragma once

#include "base/error.hpp"
#include "decode/inflate.hpp"
#include "ports/http_stream.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::collect
{

/// The body of an answer, unpacked, in pieces of at most 64 KiB.
class body
{
public:
    /// `head` is the one that opened `in`. A Content-Encoding other than gzip and deflate is left as it is: the decoder
    /// will say what it sees.
    body(http_stream& in, const http_head& head);

    /// The next piece, valid until the next call; empty at the end of a complete body.
    boost::asio::awaitable<result<std::string_view>> next();

    /// Whether next() has something to give without waiting for the source.
    bool has_more() const { return drained_ || in_.has_more(); }

    /// Bytes that came over the wire so far.
    std::uint64_t received() const noexcept { return received_; }

    /// The first bytes, made harmless for a log line: control characters and everything beyond ASCII shown as '.'.
    std::string excerpt() const;

private:
    boost::asio::awaitable<result<std::size_t>> fill();
    result<std::string_view> unpack();
    std::string_view seen(std::string_view piece);

    http_stream& in_;
    std::optional<decode::inflater> gzip_;
    std::vector<char> raw_;
    std::vector<char> plain_;
    std::string_view packed_;  ///< of raw_, not unpacked yet
    bool drained_{false};      ///< the unpacker may hold more output
    std::string first_;
    std::uint64_t received_{0};
};

}  // namespace qdc::collect
