#include "net/console.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cerrno>
#include <string_view>

#include <poll.h>
#include <unistd.h>

namespace qdc::net
{

namespace asio = boost::asio;

namespace
{

/// Whoever shares this terminal or pipe may have made it non-blocking.
void wait_for_room()
{
    pollfd room{STDOUT_FILENO, POLLOUT, 0};
    ::poll(&room, 1, -1);
}

/// Runs on the writing thread; the batch stays in the outbox meanwhile.
asio::awaitable<error_code> write_out(const std::string* frames)
{
    for (std::string_view rest = *frames; !rest.empty();)
    {
        const auto written = ::write(STDOUT_FILENO, rest.data(), rest.size());
        if (written < 0 && errno == EAGAIN)
            wait_for_room();
        else if (written < 0 && errno != EINTR)
            co_return error_code(errno, boost::system::system_category());
        if (written > 0)
            rest.remove_prefix(static_cast<std::size_t>(written));
    }
    co_return error_code();
}

}  // namespace

asio::awaitable<error_code> console::run()
{
    constexpr generation only = 1;
    report_.address.clear();
    report_.connected = true;
    // One batch at a time: written, it is confirmed.
    for (;;)
    {
        const auto* const next = co_await box_.next(only);
        if (next == nullptr)
            continue;
        // Without a slot: Asio 1.26 would hand the writing thread a pointer into a caller that may be stopped and gone.
        auto to_the_end = asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable);
        const auto gone = co_await asio::co_spawn(writer_, write_out(&next->frames), to_the_end);
        if (gone)
            co_return gone;
        report_.sent_events += next->events;
        report_.sent_bytes += next->frames.size();
        box_.sent(only);
        box_.confirm(only);
    }
}

const output_report& console::report()
{
    report_.unconfirmed_bytes = box_.held_bytes();
    report_.unconfirmed_since = box_.oldest();
    return report_;
}

}  // namespace qdc::net
