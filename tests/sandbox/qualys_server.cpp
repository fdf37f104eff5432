#include "sandbox/qualys_server.hpp"

#include "sandbox/http_connection.hpp"
#include "sandbox/no_throw.hpp"
#include "sandbox/utc.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>

#include <exception>
#include <iostream>

namespace qdc::sandbox
{
namespace
{

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

/// A task that fails is a bug of the sandbox: it must not go unseen.
void report(std::exception_ptr failure)
{
    if (!failure)
        return;
    try
    {
        std::rethrow_exception(failure);
    }
    catch (const std::exception& error)
    {
        std::cerr << "sandbox, Qualys side: " << error.what() << '\n';
    }
}

}  // namespace

struct qualys_server::state
{
    state(const options& from, const server_identity& identity, devo_access devo)
        : desk(from, std::move(devo)),
          tls(make_server_context(identity)),
          acceptor(listen(io, from.address, static_cast<unsigned short>(from.qualys_port), 0))
    {
    }

    qualys_desk desk;
    asio::ssl::context tls;
    asio::io_context io{1};  // dies before what its coroutines use
    tcp::acceptor acceptor;
};

namespace
{

asio::awaitable<void> serve(qualys_desk& desk, std::unique_ptr<tls_stream> stream)
{
    const auto server = asio::ssl::stream_base::server;
    const auto [refused] = co_await stream->async_handshake(server, no_throw);
    std::string pending;
    for (bool open = !refused; open;)
    {
        const auto request = co_await read_request(*stream, pending);
        if (!request)
            break;
        auto reply = desk.answer(*request);
        reply.answer.close = reply.answer.close || !request->keep_alive;
        const bool last = reply.answer.close;
        if (reply.delay > 0ms)
            co_await sleep_for(reply.delay);
        for (bool held = reply.held && reply.held(); held; held = reply.held())
            co_await sleep_for(10ms);
        std::uint64_t bytes = 0;
        const bool lower_case = desk.settings().lower_case_headers;
        const auto date = now() + std::chrono::seconds(desk.settings().date_offset);
        if (!desk.settings().no_date)
            reply.answer.headers.emplace_back("Date", to_http_text(date));
        const auto end = co_await send_answer(*stream, std::move(reply), lower_case, bytes);
        desk.count_sent(bytes);
        if (end == sent::closed)
            co_return;
        open = !last;
    }
    co_await close_in_order(*stream, 2000ms);
}

asio::awaitable<void> accept_clients(tcp::acceptor& acceptor, asio::ssl::context& tls, qualys_desk& desk)
{
    const auto executor = co_await asio::this_coro::executor;
    for (;;)
    {
        tcp::socket socket(executor);
        const auto [error] = co_await acceptor.async_accept(socket, no_throw);
        if (error)  // the client was gone before we had it, or there are too many of them
        {
            co_await sleep_for(10ms);
            continue;
        }
        socket.set_option(tcp::no_delay(true));
        auto stream = std::make_unique<tls_stream>(gated_socket(std::move(socket)), tls);
        auto task = serve(desk, std::move(stream));
        asio::co_spawn(executor, std::move(task), report);
    }
}

asio::awaitable<void> move_scans(qualys_desk& desk)
{
    const auto step = std::chrono::seconds(desk.settings().scan_step_seconds);
    for (;;)
    {
        co_await sleep_for(step);
        desk.scan_tick();
    }
}

}  // namespace

qualys_server::qualys_server(const options& from, const server_identity& identity, devo_access devo)
    : state_(std::make_unique<state>(from, identity, std::move(devo)))
{
    auto task = accept_clients(state_->acceptor, state_->tls, state_->desk);
    asio::co_spawn(state_->io, std::move(task), report);
    if (from.scan_step_seconds > 0)
        asio::co_spawn(state_->io, move_scans(state_->desk), report);
}

qualys_server::~qualys_server() = default;

unsigned short qualys_server::port() const
{
    return state_->acceptor.local_endpoint().port();
}

void qualys_server::run()
{
    state_->io.run();
}

void qualys_server::stop()
{
    state_->io.stop();
}

std::string qualys_server::control(std::string json_text)
{
    const auto turn = [desk = &state_->desk, text = std::move(json_text)]
    {
        desk->control(text);
        return desk->status();
    };
    return asio::post(state_->io, asio::use_future(turn)).get();
}

std::string qualys_server::status()
{
    return asio::post(state_->io, asio::use_future([desk = &state_->desk] { return desk->status(); })).get();
}

}  // namespace qdc::sandbox
