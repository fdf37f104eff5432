//  collect/page                https_stream                          Qualys
//    |--- open() ---------------->|--- request ----------------------->|  on the connection that is kept; the server
//    |                            |<-- end of stream ------------------|  may have closed it meanwhile: then once
//    |                            |=== dial: TCP, proxy, TLS =========>|  more on a fresh one
//    |                            |--- request ----------------------->|
//    |                            |<-- 1xx, passed over; header -------|
//    |<-- status and fields ------|                                    |
//    |--- read_some() ----------->|<== a piece of the body ============|  the socket is read only when asked
//    |<-- bytes of the body ------|                                    |
//    |--- read_some() ----------->|                                    |
//    |<-- 0: body is complete ----| keeps the connection, or drops it  |

#include "net/https_stream.hpp"

#include "base/text.hpp"
#include "net/name_lookup.hpp"
#include "net/proxy.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/parser.hpp>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace qdc::net
{

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace
{

// What one turn through the layers is good for, when as much has arrived.
constexpr std::size_t read_bytes = 64 * 1024;
constexpr std::uint32_t header_limit = 64 * 1024;

// What the parser cannot use yet: a header, a chunk's size and extension, a trailer. More than this is no HTTP that
// anybody means.
constexpr std::size_t framing_limit = header_limit;

// Nobody sends more interim answers (RFC 9110, section 15.2) than one or two.
constexpr int most_interim_answers = 8;

// When a deadline is over: long enough to take what lies in the socket already.
constexpr auto last_look = std::chrono::milliseconds(1);

/// How long the server keeps an idle connection ("Keep-Alive: timeout=300, max=217"), if it says so.
std::optional<std::chrono::seconds> promised_idle_time(std::string_view keep_alive)
{
    // The value may stand among others, in any case of letters.
    constexpr std::string_view name = "timeout=";
    const auto text = lowered(keep_alive);
    const auto position = text.find(name);
    int seconds = 0;
    if (position == std::string::npos)
        return std::nullopt;
    const auto [end, ec] = std::from_chars(text.data() + position + name.size(), text.data() + text.size(), seconds);
    return ec == std::errc() ? std::optional(std::chrono::seconds(seconds)) : std::nullopt;
}

/// Of dialling what failed shows in whose error it is; a socket's own are those of connecting.
call_stage stage_of_dialling(const error_code& failure)
{
    const auto& category = failure.category();
    if (category == asio::error::get_netdb_category() || category == asio::error::get_addrinfo_category() ||
        category == lookup_category())
        return call_stage::look_up;
    if (category == proxy_category())
        return call_stage::proxy;
    if (category == boost::system::system_category() || category == asio::error::get_misc_category())
        return call_stage::connect;
    return call_stage::tls;
}

/// HTTP/1.1 over one connection at a time; an exchange is open(), then read_some() until it gives 0.
class https_stream final : public http_stream
{
public:
    explicit https_stream(https_options options) : options_(std::move(options)) {}

    asio::awaitable<result<http_head>> open(http_request request) override
    {
        const auto text = request_text(request);
        // The connection of the last exchange saves a handshake.
        if (reusable())
        {
            auto head = co_await ask(text);
            const bool late = !head && head.error() == asio::error::timed_out;
            const bool stopped = !head && head.error() == asio::error::operation_aborted;
            // Only a connection that ended before any byte of an answer is worth a second try.
            if (head || answer_began_ || late || stopped)
                co_return head;
            // The server ended the connection while our request was on its way. Asking again is right also for a POST:
            // those of this API only read.
        }
        // A fresh connection; when dialling fails, its error shows which step that was.
        close();
        stage_ = call_stage::look_up;
        auto dialled = co_await dial(options_.to, options_.via, options_.tls, options_.connect_timeout);
        addresses_ = dialled ? (*dialled)->peer_address() : dialled.error().addresses();
        if (!dialled)
        {
            stage_ = stage_of_dialling(dialled.error());
            co_return dialled.error();
        }
        connection_ = std::move(*dialled);
        auto head = co_await ask(text);
        co_return head;
    }

    asio::awaitable<result<std::size_t>> read_some(std::span<char> into) override
    {
        auto& body = parser_->get().body();
        std::size_t filled = 0;
        // Waits until there is at least one byte of the body, or its end.
        while (filled == 0 && !parser_->is_done())
        {
            give(body, into);
            const auto ec = co_await parse_more(options_.idle_timeout);
            // need_buffer only means that `into` is full.
            if (ec && ec != http::error::need_buffer)
                co_return ec;
            filled = into.size() - body.size;
        }
        if (filled == 0)
            end_exchange();
        // More chunks that are here already. What is wrong with one is met again by the next call.
        for (error_code ec; !ec && filled < into.size() && received_.size() != 0 && !parser_->is_done();)
        {
            give(body, into.subspan(filled));
            ec = parse_received();
            filled = into.size() - body.size;
            if (ec == http::error::need_buffer)
                ec = {};
        }
        co_return filled;
    }

    bool has_more() const override
    {
        return received_.size() != 0 || (connection_ != nullptr && connection_->has_unread());
    }

    /// The exchange is over: what only it needed goes.
    void end_exchange()
    {
        received_.shrink_to_fit();
        if (!reusable())
            connection_.reset();
    }

    void close() override
    {
        connection_.reset();
        received_.clear();
        parser_.reset();
    }

    call_stage stage() const override { return stage_; }

    std::string endpoint() const override
    {
        const auto& first_hop = options_.via ? options_.via->at : options_.to;
        auto text = options_.to.text();
        if (options_.via)
            text += " through the proxy " + options_.via->text();
        // The address is added where the configuration does not name it already.
        return addresses_.empty() || addresses_ == first_hop.host ? text : text + " (" + addresses_ + ')';
    }

private:
    std::string request_text(const http_request& request) const;
    bool reusable() const;
    asio::awaitable<result<http_head>> ask(std::string request);
    http_head head() const;
    static void give(http::buffer_body::value_type& body, std::span<char> room);
    error_code parse_received();
    asio::awaitable<error_code> read_header(std::chrono::steady_clock::time_point deadline);
    asio::awaitable<error_code> parse_more(connection::limit within);
    asio::awaitable<error_code> read_more(connection::limit within);
    error_code parse_end();
    void expect_answer();

    https_options options_;
    std::unique_ptr<connection> connection_;
    beast::flat_buffer received_;  ///< from the peer, not parsed yet
    std::optional<http::response_parser<http::buffer_body>> parser_;
    std::string addresses_;  ///< where we are connected, or where the last try to connect went
    bool answer_began_{false};
    call_stage stage_{call_stage::look_up};
    std::chrono::steady_clock::time_point last_read_{};
};

/// The request as it goes out, header and body in one text.
std::string https_stream::request_text(const http_request& request) const
{
    const bool post = !request.body.empty();
    std::string text = (post ? "POST " : "GET ") + request.target + " HTTP/1.1\r\n";
    const bool default_port = options_.to.port == "443";
    text += "Host: " + (default_port ? options_.to.url_host() : options_.to.text()) + "\r\n";
    text += "User-Agent: " + options_.user_agent + "\r\n";
    // Qualys refuses API calls without it, whatever its value (authentication, "required headers").
    text += "X-Requested-With: " + options_.user_agent + "\r\n";
    if (!request.authorization.empty())
        text += "Authorization: " + request.authorization.reveal() + "\r\n";
    text += "Accept: */*\r\n";
    text += options_.accept_gzip ? "Accept-Encoding: gzip\r\n" : "Accept-Encoding: identity\r\n";
    if (post)
        text += "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " +
                std::to_string(request.body.size()) + "\r\n";
    return text + "\r\n" + request.body;
}

/// Whether the connection may carry another exchange.
bool https_stream::reusable() const
{
    // Without a complete answer, or with bytes behind it, the next exchange would begin in the middle of something.
    if (connection_ == nullptr || !parser_ || !parser_->is_done() || received_.size() != 0)
        return false;
    const auto& answer = parser_->get();
    std::chrono::seconds pause = options_.keep_alive;
    // A second less than promised: our next request has to arrive before the server's time is over.
    if (const auto promised = promised_idle_time(answer[http::field::keep_alive]))
        pause = std::min(pause, *promised - std::chrono::seconds(1));
    // Only HTTP/1.1 keeps connections. A server that has closed, or sent something unasked, cannot be asked again.
    const bool kept = answer.version() == 11 && parser_->keep_alive();
    const bool expired = std::chrono::steady_clock::now() - last_read_ >= pause;
    return kept && !expired && !connection_->peer_has_ended() && !connection_->has_unread();
}

/// Sends the request on the connection that is there, and reads the header of the answer.
asio::awaitable<result<http_head>> https_stream::ask(std::string request)
{
    // The request goes out in one write; the deadline of the answer begins behind it.
    expect_answer();
    answer_began_ = false;
    stage_ = call_stage::sending;
    const auto unsent = co_await connection_->write(request, options_.connect_timeout);
    if (unsent)
        co_return unsent;
    stage_ = call_stage::first_byte;
    const auto deadline = std::chrono::steady_clock::now() + options_.first_byte_timeout;
    // Interim answers (100 Continue, 102 Processing, 103 Early Hints) are not what was asked for: the next one may be.
    for (int interim = 0; interim <= most_interim_answers; ++interim)
    {
        const auto failure = co_await read_header(deadline);
        if (failure)
            co_return failure;
        const auto status = parser_->get().result_int();
        if (status >= 200 || status == 101)  // 101 is a last word too, if one that nobody asked for
        {
            stage_ = call_stage::body;
            co_return head();
        }
        expect_answer();
    }
    co_return error_code(http::error::bad_status);
}

/// One deadline for the complete header: a server that drips it gets no more time.
asio::awaitable<error_code> https_stream::read_header(std::chrono::steady_clock::time_point deadline)
{
    while (!parser_->is_header_done())
    {
        // What has arrived while this process was suspended is read, however late it is.
        const auto left = deadline - std::chrono::steady_clock::now();
        const auto ec = co_await parse_more(std::max<connection::limit>(left, last_look));
        if (ec)
            co_return ec;
    }
    co_return error_code();
}

/// A fresh parser for one answer, interim or final.
void https_stream::expect_answer()
{
    parser_.emplace();
    parser_->header_limit(header_limit);
    parser_->body_limit(boost::none);  // streamed: the size of a body is nobody's concern
}

http_head https_stream::head() const
{
    http_head head;
    head.status = parser_->get().result_int();
    for (const auto& field : parser_->get())
        head.fields.emplace_back(lowered(field.name_string()), field.value());
    return head;
}

/// Where the next part of the body goes.
void https_stream::give(http::buffer_body::value_type& body, std::span<char> room)
{
    body.data = room.data();
    body.size = room.size();
    body.more = true;
}

error_code https_stream::parse_received()
{
    error_code ec;
    received_.consume(parser_->put(received_.data(), ec));
    return ec;
}

/// Parses what is there; when that is not enough, reads once and parses again.
asio::awaitable<error_code> https_stream::parse_more(connection::limit within)
{
    for (;;)
    {
        if (received_.size() != 0)
        {
            const auto ec = parse_received();
            // need_more: a header, a chunk's size or a trailer is not complete yet.
            if (ec != http::error::need_more)
                co_return ec;
        }
        if (received_.size() > framing_limit)
            co_return error_code(http::error::buffer_overflow);
        const auto end_or_failure = co_await read_more(within);
        // An end may complete a body that has no length, or cut one that has.
        if (end_or_failure == asio::error::eof)
            co_return parse_end();
        if (end_or_failure)
            co_return end_or_failure;
    }
}

/// Reads once; asio::error::eof at the end of the stream.
asio::awaitable<error_code> https_stream::read_more(connection::limit within)
{
    const auto room = received_.prepare(read_bytes);
    const std::span<char> into(static_cast<char*>(room.data()), room.size());
    const auto read = co_await connection_->read_some(into, within);
    if (!read)
        co_return read.error();
    if (*read == 0)
        co_return error_code(asio::error::eof);
    received_.commit(*read);
    answer_began_ = true;
    last_read_ = std::chrono::steady_clock::now();
    co_return error_code();
}

/// A body without length and without chunks ends with the connection. Only close_notify says that it ended, and was not
/// cut (RFC 9112, section 9.8).
error_code https_stream::parse_end()
{
    error_code ec = errc::body_cut;
    if (parser_->got_some() && connection_->ended_in_order())  // Beast insists on the first
        parser_->put_eof(ec);
    return ec ? error_code(errc::body_cut) : ec;
}

}  // namespace

std::unique_ptr<http_stream> make_https_stream(https_options options)
{
    return std::make_unique<https_stream>(std::move(options));
}

}  // namespace qdc::net
