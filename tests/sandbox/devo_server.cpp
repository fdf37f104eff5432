#include "sandbox/devo_server.hpp"

#include "sandbox/arrival_store.hpp"
#include "sandbox/faults.hpp"
#include "sandbox/line_intake.hpp"
#include "sandbox/tls_server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <exception>
#include <iostream>
#include <set>

namespace qdc::sandbox
{
namespace
{

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;
constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

constexpr std::size_t read_bytes = 64 * 1024;
constexpr auto for_ever = 1000h;

struct counters
{
    std::uint64_t connections = 0;
    std::uint64_t refused_handshakes = 0;
    std::uint64_t orderly_ends = 0;
    std::uint64_t ends_without_notice = 0;
    std::uint64_t resets = 0;
    std::uint64_t partial_lines = 0;
    std::uint64_t gzip_members = 0;
    std::uint64_t broken_gzip = 0;
    std::uint64_t received_bytes = 0;
    std::uint64_t refusals = 0;
};

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
          store(from),
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
            ++seen.refusals;
        refusing = refuse;
        boost::system::error_code ignored;
        if (refusing)
            acceptor.close(ignored);  // connections are refused by the kernel from now on
    }

    std::string status() const;

    std::string address;
    int receive_buffer;
    arrival_store store;
    fault_book faults{fault_side::devo};
    counters seen;
    std::set<tls_stream*> open;
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
        lines[service_names[i]] = store.counts()[i];
    lines["telemetry"] = store.counts()[static_cast<std::size_t>(arrival_kind::telemetry)];
    lines["unknown_tag"] = store.counts()[static_cast<std::size_t>(arrival_kind::unknown_tag)];
    lines["malformed"] = store.counts()[static_cast<std::size_t>(arrival_kind::malformed)];
    json::object struck;
    for (const auto& [kind, count] : faults.totals())
        struck[kind] = count;
    return json::serialize(json::object{
        {"lines", std::move(lines)},
        {"faults", std::move(struck)},
        {"connections", seen.connections},
        {"open", open.size()},
        {"refused_handshakes", seen.refused_handshakes},
        {"orderly_ends", seen.orderly_ends},
        {"ends_without_notice", seen.ends_without_notice},
        {"resets", seen.resets},
        {"partial_lines", seen.partial_lines},
        {"gzip_members", seen.gzip_members},
        {"broken_gzip", seen.broken_gzip},
        {"received_bytes", seen.received_bytes},
        {"refusals", seen.refusals},
        {"refusing", refusing},
    });
}

namespace
{

/// Knows a connection as open as long as it lives.
class open_mark
{
public:
    open_mark(std::set<tls_stream*>& open, tls_stream& stream) : open_(open), stream_(stream)
    {
        open_.insert(&stream_);
    }

    ~open_mark() { open_.erase(&stream_); }

    open_mark(const open_mark&) = delete;
    open_mark& operator=(const open_mark&) = delete;

private:
    std::set<tls_stream*>& open_;
    tls_stream& stream_;
};

/// One connection and the faults it was born with.
class connection
{
public:
    connection(
        tcp::socket socket,
        asio::ssl::context& tls,
        arrival_store& store,
        counters& seen,
        std::set<tls_stream*>& open,
        std::vector<fault> struck
    )
        : stream_(gated_socket(std::move(socket)), tls),
          store_(store),
          seen_(seen),
          struck_(std::move(struck)),
          intake_(store),
          idle_(stream_.get_executor()),
          buffer_(read_bytes, '\0'),
          mark_(open, stream_)
    {
        ++seen_.connections;
    }

    asio::awaitable<void> live()
    {
        if (find("silent") != nullptr)
            co_await sleep_for(for_ever);
        const auto server = asio::ssl::stream_base::server;
        const auto [refused] = co_await stream_.async_handshake(server, no_throw);
        if (refused)
        {
            ++seen_.refused_handshakes;
            co_return;
        }
        if (find("close_unread") == nullptr)
            co_await receive();
        else
            co_await leave();
        seen_.gzip_members += intake_.gzip_members();
        seen_.partial_lines += intake_.partial() ? 1U : 0U;
    }

private:
    const fault* find(std::string_view kind) const { return find_fault(struck_, kind); }

    asio::awaitable<void> receive()
    {
        const auto* const slow = find("slow");
        const auto* const close_after = find("close_after");
        const auto line_limit = close_after != nullptr ? close_after->number("lines", 1) : UINT64_MAX;
        for (;;)
        {
            const bool stopped = co_await meet_byte_fault();
            if (stopped)
                co_return;
            watch_idleness();
            const auto error = co_await read_once();
            idle_.cancel();
            if (intake_.lines() >= line_limit || idle_end_)
                co_return co_await leave();
            if (error)
                co_return co_await end(error);
            if (slow != nullptr)
                co_await sleep_for(100ms);
        }
    }

    asio::awaitable<boost::system::error_code> read_once()
    {
        const auto place = asio::buffer(buffer_.data(), room());
        const auto [error, size] = co_await stream_.async_read_some(place, no_throw);
        received_ += size;
        seen_.received_bytes += size;
        const bool good = intake_.add(std::string_view(buffer_).substr(0, size));
        if (good)
            co_return error;
        ++seen_.broken_gzip;
        close_with_reset(stream_);
        co_return asio::error::connection_reset;
    }

    /// Closes from our side. What TLS has read is kept, what the kernel holds is answered with a reset: nothing that
    /// the client may take for delivered is dropped.
    asio::awaitable<void> leave()
    {
        stream_.next_layer().stop_reading();
        for (bool empty = false; !empty;)
        {
            const auto error = co_await read_once();
            empty = static_cast<bool>(error);
        }
        store_.flush();
        co_await close_unread(stream_);
    }

    /// How much the next read may take before a fault is due.
    std::size_t room() const
    {
        std::uint64_t most = read_bytes;
        for (const auto* const kind : {"reset", "stall"})
            if (const auto* const due = find(kind); due != nullptr && received_ < due->number("after", 0))
                most = std::min(most, due->number("after", 0) - received_);
        if (const auto* const slow = find("slow"))
            most = std::min(most, std::max<std::uint64_t>(1, slow->number("rate", 1000) / 10));
        return most;
    }

    /// True when the connection is over.
    asio::awaitable<bool> meet_byte_fault()
    {
        const auto* const reset = find("reset");
        if (reset != nullptr && received_ >= reset->number("after", 0))
        {
            store_.flush();
            close_with_reset(stream_);
            co_return true;
        }
        const auto* const stall = find("stall");
        if (stall != nullptr && !stalled_ && received_ >= stall->number("after", 0))
        {
            stalled_ = true;
            const auto seconds = stall->number("seconds", 0);
            std::chrono::seconds pause = for_ever;
            if (seconds != 0)
                pause = std::chrono::seconds(seconds);
            co_await sleep_for(pause);
        }
        co_return false;
    }

    void watch_idleness()
    {
        const auto* const idle = find("idle");
        if (idle == nullptr)
            return;
        idle_.expires_after(std::chrono::seconds(idle->number("seconds", 30)));
        const auto give_up = [this](boost::system::error_code stopped)
        {
            if (stopped)
                return;
            idle_end_ = true;
            stream_.lowest_layer().cancel(stopped);
        };
        idle_.async_wait(give_up);
    }

    /// The client's end: kept lines first, then the answer, so that an answered end means kept lines.
    asio::awaitable<void> end(boost::system::error_code how)
    {
        store_.flush();
        const bool without_notice = how == asio::ssl::error::stream_truncated;
        if (how != asio::error::eof && !without_notice)
        {
            ++seen_.resets;
            co_return;
        }
        ++(without_notice ? seen_.ends_without_notice : seen_.orderly_ends);
        if (const auto* const mute = find("no_answer"))
        {
            std::chrono::seconds pause = for_ever;
            if (mute->number("seconds", 0) != 0)
                pause = std::chrono::seconds(mute->number("seconds", 0));
            co_await sleep_for(pause);
        }
        co_await close_in_order(stream_, 2000ms);
    }

    tls_stream stream_;
    arrival_store& store_;
    counters& seen_;
    std::vector<fault> struck_;
    line_intake intake_;
    asio::steady_timer idle_;
    std::string buffer_;
    open_mark mark_;
    std::uint64_t received_ = 0;
    bool stalled_ = false;
    bool idle_end_ = false;
};

asio::awaitable<void> receive(std::unique_ptr<connection> from)
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
        auto one = std::make_unique<connection>(
            std::move(socket), all.tls, all.store, all.seen, all.open, all.faults.strike("connection")
        );
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
    state_->store.flush();
}

void devo_server::stop()
{
    // A client must not take what we have not kept for delivered: every open connection ends with a reset.
    const auto last = [all = state_.get()]
    {
        for (auto* const stream : all->open)
            close_with_reset(*stream);
        all->io.stop();
    };
    asio::post(state_->io, last);
}

std::string devo_server::status()
{
    const auto turn = [all = state_.get()]
    {
        all->store.flush();
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
