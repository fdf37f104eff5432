#include "status/server.hpp"

#include "flow/task_group.hpp"
#include "status/answers.hpp"
#include "status/pace.hpp"
#include "status/process_facts.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/status.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <list>
#include <utility>

// One connection:
//
//   client                         server
//     | connect ------------------->| accept_all(): make_room() drops another one if there are too many
//     | GET /status --------------->| await_request(), then the head, at most 8 KiB
//     |<------- answer -------------| the first answer at once, further ones in their turn (await_turn())
//     | GET /status --------------->| … as long as both keep the connection
//     | a bad request ------------->|
//     |<-- 400, Connection: close --| part_from(): our end is closed, what still comes is read for a second
namespace qdc::status
{

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using namespace std::chrono_literals;

namespace
{

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
constexpr std::uint32_t head_limit = 8 * 1024;
constexpr std::size_t buffer_limit = 2 * head_limit;
/// A flood may fill it. It is taken from quickly enough that whoever waits behind 320 others still waits less than a
/// second.
constexpr int backlog = 1024;
/// How many of the process's descriptors sessions may have: the collecting needs the others.
constexpr std::size_t part_of_descriptors = 8;
constexpr std::size_t least_connections = 4;
/// How long and how much is still read from a client whose request was refused: closing with unread input would be a
/// reset, which can take the answer with it.
constexpr auto farewell = 1s;
constexpr std::size_t farewell_bytes = 256 * 1024;

using steady_time = std::chrono::steady_clock::time_point;
using head_parser = http::request_parser<http::empty_body>;

steady_time now()
{
    return std::chrono::steady_clock::now();
}

/// One connection.
struct session
{
    explicit session(tcp::socket socket) : stream(std::move(socket)), turn(stream.get_executor()), since(now()) {}

    beast::tcp_stream stream;
    beast::flat_buffer input{buffer_limit};
    asio::steady_timer turn;  ///< rings when there may be a turn, or when the connection was dropped
    steady_time since;        ///< its last step: connected, a request read, or answered
    bool has_asked{false};
    bool waits_for_turn{false};  ///< it was answered before and asks again in a flood
};

/// The head of an answer. A browser may neither keep nor embed it, nor guess another type.
std::string head_of(const answer& answer, bool keep)
{
    const auto words = http::obsolete_reason(http::int_to_status(answer.code));
    return fmt::format(
        "HTTP/1.1 {} {}\r\n"
        "Content-Length: {}\r\n"
        "Connection: {}\r\n"
        "Cache-Control: no-store\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        "Referrer-Policy: no-referrer\r\n"
        "Cross-Origin-Resource-Policy: same-origin\r\n"
        "{}\r\n",
        answer.code,
        std::string_view(words.data(), words.size()),
        answer.body->size(),
        keep ? "keep-alive" : "close",
        answer.headers
    );
}

/// The answer to a head that could not be read; 0: there is nobody to answer to.
unsigned code_for(error_code ec)
{
    if (ec == http::error::header_limit || ec == http::error::buffer_overflow)
        return 431;
    if (ec == http::error::body_limit)
        return 413;
    const bool is_http = ec.category() == make_error_code(http::error::bad_method).category();
    return is_http && ec != http::error::end_of_stream && ec != http::error::partial_message ? 400 : 0;
}

/// Whether a body follows the head: none is read here.
bool has_body(const head_parser& parser)
{
    return parser.chunked() || parser.content_length().value_or(0) != 0;
}

/// HTTP/1.1 insists on one Host, so that nobody in between reads another one than we do.
bool host_is_clear(const head_parser& parser)
{
    const auto count = parser.get().count(http::field::host);
    return count == 1 || (count == 0 && parser.get().version() < 11);
}

/// What of the head decides about the answer.
request request_of(const head_parser& parser)
{
    const auto& head = parser.get();
    const auto text = [](auto view) { return std::string(view.data(), view.size()); };
    return {text(head.method_string()), text(head.target()), text(head[http::field::host])};
}

/// Waits until that moment; not at all when it is past.
asio::awaitable<void> sleep_until(steady_time until)
{
    if (until <= now())
        co_return;
    const auto ex = co_await asio::this_coro::executor;
    asio::steady_timer timer(ex, until);
    co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace

class server::host
{
public:
    host(asio::any_io_executor ex, server_options options, std::function<collector_report()> look, log_origin log)
        : options_(std::move(options)),
          answers_(std::move(look), is_loopback(options_.address), now),
          log_(std::move(log)),
          acceptor_(ex),
          sessions_(ex),
          turns_(options_.gap, options_.burst),
          arrivals_(options_.arrival_gap, options_.burst)
    {
        // A process that may open few files keeps most of them for the collecting.
        const auto allowed = read_process_facts().descriptor_limit / part_of_descriptors;
        if (allowed < static_cast<double>(options_.connections))
            options_.connections = std::max<std::size_t>(least_connections, static_cast<std::size_t>(allowed));
    }

    error_code listen();
    asio::awaitable<void> run();

    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

private:
    static bool is_loopback(const std::string& address)
    {
        error_code not_an_address;
        const auto parsed = asio::ip::make_address(address, not_an_address);
        return !not_an_address && parsed.is_loopback();
    }

    asio::awaitable<void> accept_all();
    void make_room();
    asio::awaitable<void> serve(tcp::socket socket);
    asio::awaitable<bool> answer_next(session& client);
    asio::awaitable<void> await_turn(session& client);
    asio::awaitable<bool> await_request(session& client);
    asio::awaitable<bool> write(session& client, const answer& answer, bool with_body, bool keep);
    asio::awaitable<void> part_from(session& client);

    server_options options_;
    answers answers_;
    log_origin log_;
    tcp::acceptor acceptor_;
    task_group sessions_;
    std::list<session*> here_;
    std::list<session*> queue_;  ///< of those, who waits for a turn
    pace turns_;                 ///< of the answers behind a connection's first one
    pace arrivals_;              ///< of connections, and so of their first answers
};

error_code server::host::listen()
{
    error_code ec;
    const tcp::endpoint at(asio::ip::make_address(options_.address, ec), options_.port);
    if (!ec)
        acceptor_.open(at.protocol(), ec);
    if (!ec)
        acceptor_.set_option(tcp::acceptor::reuse_address(true), ec);
    if (!ec)
        acceptor_.bind(at, ec);
    if (!ec)
        acceptor_.listen(backlog, ec);
    return ec;
}

asio::awaitable<void> server::host::run()
{
    sessions_.spawn("accept", accept_all());
    co_await sessions_.join();
}

asio::awaitable<void> server::host::accept_all()
{
    for (;;)
    {
        auto accepted = co_await acceptor_.async_accept(no_throw);
        // A stop comes out of the next wait; any other failure is logged and tried again.
        const auto ec = std::get<0>(accepted);
        const bool stopped = ec == asio::error::operation_aborted;
        if (ec && !stopped)
            log_.warning(
                trouble_id::status_connection,
                fmt::format("The status endpoint could not take a connection: {}; trying again", ec.message())
            );
        if (ec)
        {
            // Out of descriptors, say: at once it would be the same again.
            const auto later = now() + 1s;
            co_await sleep_until(later);
            continue;
        }
        // The new connection has its place before the next one is taken; a flood is slowed down here.
        make_room();
        sessions_.spawn("visit", serve(std::move(std::get<1>(accepted))));
        const auto next = arrivals_.take(now());
        co_await sleep_until(next);
    }
}

/// Drops a connection when there are too many: one that was answered already and floods us with more requests, else the
/// one that did nothing for longest. So neither a flood nor slow readers nor half requests keep others out.
void server::host::make_room()
{
    const auto less_worth = [](const session* one, const session* other)
    {
        if (one->waits_for_turn != other->waits_for_turn)
            return one->waits_for_turn;
        return one->since < other->since;
    };
    session* least = nullptr;
    std::size_t open = 0;
    for (auto* const one : here_)
    {
        if (!one->stream.socket().is_open())
            continue;
        ++open;
        if (least == nullptr || less_worth(one, least))
            least = one;
    }
    // Closing it ends the wait of its own coroutine, whatever that waits for.
    if (open < options_.connections)
        return;
    least->stream.close();
    least->turn.cancel();
}

asio::awaitable<void> server::host::serve(tcp::socket socket)
{
    // The list of connections must not name one that is gone, however it ends.
    session client(std::move(socket));
    here_.push_back(&client);
    const auto gone = [this, &client](void*) { here_.remove(&client); };
    const std::unique_ptr<void, decltype(gone)> leaving(&client, gone);

    for (bool more = true; more;)
        more = co_await answer_next(client);
}

/// False when the connection is over.
asio::awaitable<bool> server::host::answer_next(session& client)
{
    // The head: there is none, it can be read, or an error has to be answered.
    const bool asks = co_await await_request(client);
    if (!asks)
        co_return false;
    head_parser parser;
    parser.header_limit(head_limit);
    client.stream.expires_after(options_.head);
    const auto [ec, size] = co_await http::async_read_header(client.stream, client.input, parser, no_throw);
    if (ec && code_for(ec) == 0)
        co_return false;

    // A connection's first answer has had its turn when the connection was taken; what follows waits behind the
    // others'.
    if (client.has_asked)
        co_await await_turn(client);
    if (!client.stream.socket().is_open())
        co_return false;
    client.since = now();
    client.has_asked = true;

    // Refusals of the protocol first, then the page.
    answer reply;
    if (ec)
        reply = plain_answer(code_for(ec), "This request cannot be read.");
    else if (has_body(parser))
        reply = plain_answer(413, "A request with a body is not taken.");
    else if (!host_is_clear(parser))
        reply = plain_answer(400, "A request has exactly one Host.");
    else
        reply = answers_.to(request_of(parser));
    // Behind a request that could not be read or has a body, nobody knows where the next one begins.
    const bool keep = !ec && !has_body(parser) && parser.keep_alive();
    const bool with_body = ec || parser.get().method() != http::verb::head;
    const bool taken = co_await write(client, reply, with_body, keep);
    client.since = now();
    if (taken && !keep)
        co_await part_from(client);
    co_return taken&& keep;
}

/// Waits in the queue of those who ask again. Who is dropped meanwhile leaves it without a turn.
asio::awaitable<void> server::host::await_turn(session& client)
{
    client.waits_for_turn = true;
    queue_.push_back(&client);
    const auto leave = [this, &client](void*)
    {
        client.waits_for_turn = false;
        queue_.remove(&client);
        if (!queue_.empty())
            queue_.front()->turn.cancel();  // it is its turn to look at the pace
    };
    const std::unique_ptr<void, decltype(leave)> leaving(&client, leave);
    // Only the first in the queue looks at the pace. The others wait until it leaves, which rings the next one's timer.
    for (;;)
    {
        const bool first = queue_.front() == &client;
        if (!client.stream.socket().is_open() || (first && turns_.next(now()) <= now()))
            break;
        client.turn.expires_at(first ? turns_.next(now()) : steady_time::max());
        [[maybe_unused]] const auto rung = co_await client.turn.async_wait(no_throw);
    }
    if (client.stream.socket().is_open())
        turns_.take(now());
}

/// Waits for the first byte of a request, which may have come together with the last one.
asio::awaitable<bool> server::host::await_request(session& client)
{
    if (client.input.size() > 0)
        co_return true;
    client.stream.expires_after(client.has_asked ? options_.idle : options_.head);
    const auto room = client.input.prepare(4096);
    const auto [ec, size] = co_await client.stream.async_read_some(room, no_throw);
    if (ec)
        co_return false;
    client.input.commit(size);
    co_return true;
}

/// Sends an answer. False: the reader did not take it in time, or is gone.
asio::awaitable<bool> server::host::write(session& client, const answer& answer, bool with_body, bool keep)
{
    const auto head = head_of(answer, keep);
    const std::array<asio::const_buffer, 2> parts{
        asio::buffer(head), with_body ? asio::buffer(*answer.body) : asio::const_buffer()};
    client.stream.expires_after(options_.answer);
    const auto [ec, size] = co_await asio::async_write(client.stream, parts, no_throw);
    co_return !ec;
}

/// Ends a connection so that the answer arrives: our end first, then what the client still sends is read for a while.
asio::awaitable<void> server::host::part_from(session& client)
{
    error_code ignored;
    client.stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
    client.stream.expires_after(farewell);
    client.input.clear();
    for (std::size_t left = farewell_bytes; left > 0;)
    {
        const auto room = client.input.prepare(4096);
        const auto [ec, size] = co_await client.stream.async_read_some(room, no_throw);
        if (ec)
            co_return;
        left -= std::min(left, size);
    }
}

server::server(asio::any_io_executor ex, server_options options, std::function<collector_report()> look, log_origin log)
    : host_(std::make_unique<host>(std::move(ex), std::move(options), std::move(look), std::move(log)))
{
}

server::~server() = default;

error_code server::listen()
{
    return host_->listen();
}

std::uint16_t server::port() const
{
    return host_->port();
}

asio::awaitable<void> server::run()
{
    return host_->run();
}

}  // namespace qdc::status
