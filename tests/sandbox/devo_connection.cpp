#include "sandbox/devo_connection.hpp"

#include "sandbox/no_throw.hpp"

#include <boost/asio/buffer.hpp>

#include <algorithm>

namespace qdc::sandbox
{
namespace
{

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

constexpr std::size_t read_bytes = 64 * 1024;
constexpr auto a_long_time = 1000h;

}  // namespace

devo_connection::devo_connection(
    tcp::socket socket, asio::ssl::context& tls, devo_room& room, std::vector<fault> struck
)
    : stream_(gated_socket(std::move(socket)), tls),
      room_(room),
      struck_(std::move(struck)),
      intake_(room.store),
      idle_(stream_.get_executor()),
      buffer_(read_bytes, '\0')
{
    ++room_.seen.connections;
    room_.open.insert(&stream_);
}

devo_connection::~devo_connection()
{
    room_.open.erase(&stream_);
}

asio::awaitable<void> devo_connection::live()
{
    if (const auto* const silent = find("silent"))
    {
        silent->happen();
        co_await sleep_for(a_long_time);
    }
    const auto server = asio::ssl::stream_base::server;
    const auto [refused] = co_await stream_.async_handshake(server, no_throw);
    if (refused)
    {
        ++room_.seen.refused_handshakes;
        co_return;
    }
    if (const auto* const unread = find("close_unread"))
    {
        unread->happen();
        co_await leave();
    }
    else
        co_await receive();
    room_.seen.gzip_members += intake_.gzip_members();
    room_.seen.partial_lines += intake_.partial() ? 1U : 0U;
}

asio::awaitable<void> devo_connection::receive()
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
        if (idle_end_)
            co_return co_await leave();
        if (intake_.lines() >= line_limit)
        {
            close_after->happen();
            co_return co_await leave();
        }
        if (error)
            co_return co_await end(error);
        if (slow != nullptr)
        {
            slow->happen();  // once for each pause
            co_await sleep_for(100ms);
        }
    }
}

asio::awaitable<boost::system::error_code> devo_connection::read_once()
{
    const auto place = asio::buffer(buffer_.data(), next_size());
    const auto [error, size] = co_await stream_.async_read_some(place, no_throw);
    received_ += size;
    room_.seen.received_bytes += size;
    const bool good = intake_.add(std::string_view(buffer_).substr(0, size));
    if (good)
        co_return error;
    ++room_.seen.broken_gzip;
    close_with_reset(stream_);
    co_return asio::error::connection_reset;
}

asio::awaitable<void> devo_connection::leave()
{
    stream_.next_layer().stop_reading();
    for (bool empty = false; !empty;)
    {
        const auto error = co_await read_once();
        empty = static_cast<bool>(error);
    }
    room_.store.flush();
    co_await close_unread(stream_);
}

std::size_t devo_connection::next_size() const
{
    std::uint64_t most = read_bytes;
    for (const auto* const kind : {"reset", "stall"})
        if (const auto* const due = find(kind); due != nullptr && received_ < due->number("after", 0))
            most = std::min(most, due->number("after", 0) - received_);
    if (const auto* const slow = find("slow"))
        most = std::min(most, std::max<std::uint64_t>(1, slow->number("rate", 1000) / 10));
    return most;
}

asio::awaitable<bool> devo_connection::meet_byte_fault()
{
    const auto* const reset = find("reset");
    if (reset != nullptr && received_ >= reset->number("after", 0))
    {
        reset->happen();
        room_.store.flush();
        close_with_reset(stream_);
        co_return true;
    }
    const auto* const stall = find("stall");
    if (stall != nullptr && !stalled_ && received_ >= stall->number("after", 0))
    {
        stalled_ = true;
        stall->happen();
        const auto seconds = stall->number("seconds", 0);
        std::chrono::seconds pause = a_long_time;
        if (seconds != 0)
            pause = std::chrono::seconds(seconds);
        co_await sleep_for(pause);
    }
    co_return false;
}

void devo_connection::watch_idleness()
{
    const auto* const idle = find("idle");
    if (idle == nullptr)
        return;
    idle_.expires_after(std::chrono::seconds(idle->number("seconds", 30)));
    // Expired timers call even when they are cancelled or gone afterwards.
    const auto give_up = [this, idle, alive = std::weak_ptr<int>(alive_)](boost::system::error_code stopped)
    {
        if (stopped || alive.expired())
            return;
        idle_end_ = true;
        idle->happen();
        stream_.lowest_layer().cancel(stopped);
    };
    idle_.async_wait(give_up);
}

asio::awaitable<void> devo_connection::end(boost::system::error_code how)
{
    room_.store.flush();
    const bool without_notice = how == asio::ssl::error::stream_truncated;
    if (how != asio::error::eof && !without_notice)
    {
        ++room_.seen.resets;
        co_return;
    }
    ++(without_notice ? room_.seen.ends_without_notice : room_.seen.orderly_ends);
    if (const auto* const mute = find("no_answer"))
    {
        mute->happen();
        std::chrono::seconds pause = a_long_time;
        if (mute->number("seconds", 0) != 0)
            pause = std::chrono::seconds(mute->number("seconds", 0));
        co_await sleep_for(pause);
    }
    co_await close_in_order(stream_, 2000ms);
}

}  // namespace qdc::sandbox
