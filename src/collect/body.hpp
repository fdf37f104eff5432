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
    /// `head` is the one that opened `source`. A Content-Encoding other than gzip and deflate is left as it is: the
    /// decoder will say what it sees.
    body(http_stream& source, const http_head& head);

    /// The next piece, valid until the next call; empty at the end of a complete body.
    boost::asio::awaitable<result<std::string_view>> next();

    /// Whether next() has something to give without waiting for the source.
    bool has_more() const { return drained_ || in_.has_more(); }

    /// Where next() failed: the transport's stage, or call_stage::document when what came cannot be unpacked.
    call_stage stage() const { return cut_ ? in_.stage() : call_stage::document; }

    /// Bytes that came over the wire so far.
    std::uint64_t received() const noexcept { return received_; }

    /// How it begins, in words for people and harmless in a log line: the title of a page, else its first bytes, with
    /// '.' for control characters and everything beyond ASCII. Empty, as long as nothing came.
    std::string beginning() const;

    /// Whether it begins as XML or HTML does.
    bool is_markup() const;

    /// Whether beginning() will not say more, however much comes.
    bool has_beginning() const;

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
    bool waited_{false};       ///< for the source, since something was unpacked
    bool cut_{false};          ///< the transport failed
    std::string first_;        ///< bytes, unpacked
    std::uint64_t received_{0};
};

}  // namespace qdc::collect
