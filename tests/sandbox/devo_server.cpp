#include "sandbox/devo_server.hpp"

#include "sandbox/devo_connection.hpp"
#include "sandbox/faults.hpp"
#include "sandbox/no_throw.hpp"
#include "sandbox/tls_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <exception>
#include <iostream>

namespace qdc::sandbox
{
namespace
{

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

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
        std::cerr << "sandbox, Devo side: " << error.what() << '\n';
    }
}

}  // namespace

struct devo_server::state
{
    state(const options& from, const server_identity& identity)
        : address(from.address),
          receive_buffer(static_cast<int>(from.devo_receive_buffer)),
          room{.store = arrival_store(from), .seen = {}, .open = {}},
          tls(make_server_context(identity)),
          acceptor(listen(io, address, static_cast<unsigned short>(from.devo_port), receive_buffer)),
          port(acceptor.local_endpoint().port())
    {
        set_faults(from.devo_fault);
    }

    void set_faults(const std::vector<std::string>& texts)
    {
        std::vector<std::string> others;
        bool refuse = false;
        for (const auto& text : texts)
        {
            if (parse_fault(text, fault_side::devo).kind == "refuse")
                refuse = true;
            else
                others.push_back(text);
        }
        faults.set(others);
        if (refuse && !refusing)
            ++room.seen.refusals;
        refusing = refuse;
        boost::system::error_code ignored;
        if (refusing)
            acceptor.close(ignored);  // connections are refused by the kernel from now on
    }

    std::string status() const;

    std::string address;
    int receive_buffer;
    fault_book faults{fault_side::devo};
    devo_room room;
    bool refusing = false;
    asio::ssl::context tls;
    asio::io_context io{1};  // dies before what its coroutines use
    tcp::acceptor acceptor;
    unsigned short port;
};

std::string devo_server::state::status() const
{
    namespace json = boost::json;
    json::object lines;
    for (std::size_t i = 0; i < service_names.size(); ++i)
        lines[service_names[i]] = room.store.counts()[i];
    lines["changes"] = room.store.counts()[static_cast<std::size_t>(arrival_kind::changes)];
    lines["telemetry"] = room.store.counts()[static_cast<std::size_t>(arrival_kind::telemetry)];
    lines["unknown_tag"] = room.store.counts()[static_cast<std::size_t>(arrival_kind::unknown_tag)];
    lines["malformed"] = room.store.counts()[static_cast<std::size_t>(arrival_kind::malformed)];
    json::object struck;
    for (const auto& [kind, count] : faults.totals())
        struck[kind] = count;
    return json::serialize(json::object{
        {"lines", std::move(lines)},
        {"faults", std::move(struck)},
        {"connections", room.seen.connections},
        {"open", room.open.size()},
        {"refused_handshakes", room.seen.refused_handshakes},
        {"orderly_ends", room.seen.orderly_ends},
        {"ends_without_notice", room.seen.ends_without_notice},
        {"resets", room.seen.resets},
        {"partial_lines", room.seen.partial_lines},
        {"gzip_members", room.seen.gzip_members},
        {"broken_gzip", room.seen.broken_gzip},
        {"received_bytes", room.seen.received_bytes},
        {"refusals", room.seen.refusals},
        {"refusing", refusing},
    });
}

namespace
{

asio::awaitable<void> receive(std::unique_ptr<devo_connection> from)
{
    co_await from->live();
}

template <class State>
asio::awaitable<void> accept_clients(State& all)
{
    const auto executor = co_await asio::this_coro::executor;
    for (;;)
    {
        if (all.refusing)
        {
            co_await sleep_for(20ms);
            continue;
        }
        if (!all.acceptor.is_open())
            all.acceptor = listen(all.io, all.address, all.port, all.receive_buffer);
        tcp::socket socket(executor);
        const auto [error] = co_await all.acceptor.async_accept(socket, no_throw);
        if (error)
        {
            co_await sleep_for(10ms);
            continue;
        }
        auto struck = all.faults.strike("connection");
        auto one = std::make_unique<devo_connection>(std::move(socket), all.tls, all.room, std::move(struck));
        auto task = receive(std::move(one));
        asio::co_spawn(executor, std::move(task), report);
    }
}

}  // namespace

devo_server::devo_server(const options& from, const server_identity& identity)
    : state_(std::make_unique<state>(from, identity))
{
    auto task = accept_clients(*state_);
    asio::co_spawn(state_->io, std::move(task), report);
}

devo_server::~devo_server() = default;

unsigned short devo_server::port() const
{
    return state_->port;
}

void devo_server::run()
{
    state_->io.run();
    state_->room.store.flush();
}

void devo_server::stop()
{
    // A client must not take what we have not kept for delivered: every open connection ends with a reset.
    const auto last = [all = state_.get()]
    {
        for (auto* const stream : all->room.open)
            close_with_reset(*stream);
        all->io.stop();
    };
    asio::post(state_->io, last);
}

std::string devo_server::status()
{
    const auto turn = [all = state_.get()]
    {
        all->room.store.flush();
        return all->status();
    };
    return asio::post(state_->io, asio::use_future(turn)).get();
}

void devo_server::set_faults(std::vector<std::string> faults)
{
    const auto turn = [all = state_.get(), texts = std::move(faults)] { all->set_faults(texts); };
    asio::post(state_->io, asio::use_future(turn)).get();
}

std::string devo_server::final_status() const
{
    return state_->status();
}

}  // namespace qdc::sandbox
