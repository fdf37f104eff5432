#include "collect/body.hpp"

#include "base/text.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace qdc::collect
{

namespace asio = boost::asio;

namespace
{

constexpr std::size_t piece_bytes = 64 * 1024;
constexpr std::size_t excerpt_bytes = 160;

// The title of a page stands behind a few lines of markup.
constexpr std::size_t kept_bytes = 2048;

/// Names of encodings are the same in either case (RFC 9110, section 8.4.1).
bool is_packed(std::string_view encoding)
{
    return same_letters(encoding, "gzip") || same_letters(encoding, "x-gzip") || same_letters(encoding, "deflate");
}

/// Whether a body that begins so may be a page for people.
bool is_page(std::string_view text)
{
    return trimmed(text).starts_with('<');
}

struct page_title
{
    std::string_view text;   ///< may be cut
    bool ends{false};        ///< its end is there
    std::string_view after;  ///< what follows, from <body> on if there is one
};

page_title title_in(std::string_view text)
{
    if (!is_page(text))
        return {};
    // Searched in lower case, cut out of the original: both have the same length, so the places are the same.
    const auto searched = lowered(text);
    const auto tag = searched.find("<title");
    // "<title" may have attributes: the text begins behind the '>' that ends the tag.
    const auto begin = tag == std::string::npos ? tag : searched.find('>', tag);
    if (begin == std::string::npos)
        return {};
    // An end that did not come yet, or never: what is there serves as the title.
    const auto end = searched.find("</title", begin);
    if (end == std::string::npos)
        return {text.substr(begin + 1), false, {}};
    const auto body = searched.find("<body", end);
    return {text.substr(begin + 1, end - begin - 1), true, text.substr(body == std::string::npos ? end : body)};
}

/// What a browser would show, more or less: no tags, and one blank for all white space between words.
std::string without_tags(std::string_view markup)
{
    // "<h1>Bad\n  gateway</h1><p>try again" becomes "Bad gateway try again".
    std::string shown;
    bool in_tag = false;
    for (const char c : markup)
    {
        const bool blank = c == '<' || is_white_space(c);
        if (c == '<')
            in_tag = true;
        if (!in_tag && !blank)
            shown += c;
        else if (!shown.empty() && shown.back() != ' ')
            shown += ' ';
        if (c == '>')
            in_tag = false;
    }
    return std::string(trimmed(shown));
}

/// One line of ASCII, short enough for a log.
std::string harmless(std::string_view text, bool complete)
{
    std::string shown(text.substr(0, excerpt_bytes));
    // The text is a stranger's: no control character and no byte beyond ASCII gets into a log.
    for (char& c : shown)
        if (c < ' ' || c > '~')
            c = '.';
    if (!complete || shown.size() < text.size())
        shown += "\xE2\x80\xA6";  // a log that hides secrets knows by it that one may be cut here
    return shown;
}

}  // namespace

body::body(http_stream& source, const http_head& head) : in_(source), raw_(piece_bytes)
{
    // Room for unpacked bytes is only needed where something is packed.
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
        // The unpacker may hold more than one piece: all of it is given out before the source is asked again.
        if (drained_)
        {
            // A few bytes may unpack to megabytes: the loop is left to others in between.
            if (!std::exchange(waited_, false))
            {
                const auto ex = co_await asio::this_coro::executor;
                co_await asio::post(ex, asio::use_awaitable);
            }
            const auto unpacked = unpack();
            // Empty: everything that came is unpacked and given out.
            if (!unpacked || !unpacked->empty())
                co_return unpacked;
        }
        // More bytes of the source.
        const auto filled = co_await fill();
        if (!filled)
            co_return filled.error();
        const bool end = *filled == 0;
        // The transport says that the body is complete, and the packed stream is not: it was cut before it was sent.
        if (end && gzip_ && !gzip_->finished())
            co_return error_code(errc::gzip_damaged);
        // Without packing what came is given out as it is; empty at the end.
        if (end || !gzip_)
            co_return seen({raw_.data(), *filled});
        packed_ = {raw_.data(), *filled};
        drained_ = true;
    }
}

asio::awaitable<result<std::size_t>> body::fill()
{
    const auto read = co_await in_.read_some(raw_);
    // Others had their turn while this one waited, so no extra one is needed before the next piece is unpacked.
    waited_ = true;
    if (read)
        received_ += *read;
    cut_ = !read;
    co_return read;
}

result<std::string_view> body::unpack()
{
    const auto size = gzip_->inflate(packed_, plain_);
    if (!size)
        return size.error();
    // A full buffer means that there may be more; one that is not full means that all is out.
    drained_ = *size == plain_.size();
    return seen({plain_.data(), *size});
}

std::string_view body::seen(std::string_view piece)
{
    if (first_.size() < kept_bytes)
        first_ += piece.substr(0, kept_bytes - first_.size());
    return piece;
}

bool body::is_markup() const
{
    return is_page(first_);
}

bool body::has_beginning() const
{
    return first_.size() >= kept_bytes || (first_.size() >= excerpt_bytes && !is_page(first_));
}

std::string body::beginning() const
{
    // A page for people is best known by its title and first words; anything else by its first bytes.
    const auto title = title_in(first_);
    if (!trimmed(title.text).empty())
    {
        const auto rest = without_tags(title.after);
        return "it begins with the title \"" + harmless(trimmed(title.text), title.ends) + '"' +
               (rest.empty() ? "" : ", then: " + harmless(rest, first_.size() < kept_bytes));
    }
    return first_.empty() ? "" : "it begins with: " + harmless(first_, first_.size() < excerpt_bytes);
}

}  // namespace qdc::collect
