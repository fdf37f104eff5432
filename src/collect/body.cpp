#include "collect/body.hpp"

namespace qdc::collect
{

namespace asio = boost::asio;

namespace
{

constexpr std::size_t piece_bytes = 64 * 1024;
constexpr std::size_t excerpt_bytes = 160;

/// Names of encodings are the same in either case (RFC 9110, section 8.4.1).
bool is_packed(std::string_view encoding)
{
    std::string name(encoding);
    for (char& c : name)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    return name == "gzip" || name == "x-gzip" || name == "deflate";
}

}  // namespace

body::body(http_stream& in, const http_head& head) : in_(in), raw_(piece_bytes)
{
    if (is_packed(head.field("content-encoding")))
    {
        gzip_.emplace();
        plain_.resize(piece_bytes);
    }
}

asio::awaitable<result<std::string_view>> body::next()
{
    for (;;)
    {
        if (drained_)
        {
            const auto unpacked = unpack();
            if (!unpacked || !unpacked->empty())
                co_return unpacked;
        }
        const auto filled = co_await fill();
        if (!filled)
            co_return filled.error();
        const bool end = *filled == 0;
        if (end && gzip_ && !gzip_->finished())
            co_return error_code(errc::gzip_damaged);
        if (end || !gzip_)
            co_return seen({raw_.data(), *filled});
        packed_ = {raw_.data(), *filled};
        drained_ = true;
    }
}

asio::awaitable<result<std::size_t>> body::fill()
{
    const auto read = co_await in_.read_some(raw_);
    if (read)
        received_ += *read;
    co_return read;
}

result<std::string_view> body::unpack()
{
    const auto size = gzip_->inflate(packed_, plain_);
    if (!size)
        return size.error();
    drained_ = *size == plain_.size();
    return seen({plain_.data(), *size});
}

std::string_view body::seen(std::string_view piece)
{
    if (first_.size() < excerpt_bytes)
        first_ += piece.substr(0, excerpt_bytes - first_.size());
    return piece;
}

std::string body::excerpt() const
{
    std::string text = first_;
    for (char& c : text)
        if (c < ' ' || c > '~')
            c = '.';
    if (text.size() == excerpt_bytes)
        text += "\xE2\x80\xA6";  // a log that hides secrets knows by it that one may be cut here
    return text;
}

}  // namespace qdc::collect
