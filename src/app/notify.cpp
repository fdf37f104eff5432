#include "app/notify.hpp"

#include "base/number.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace qdc::app
{
namespace
{

std::string_view variable(const char* name)
{
    const char* const value = std::getenv(name);
    return value == nullptr ? std::string_view() : std::string_view(value);
}

}  // namespace

void notify(const std::string& message)
{
    // Nobody listens, or the address cannot be right: then there is nothing to do.
    const auto path = variable("NOTIFY_SOCKET");
    sockaddr_un to{};
    if (path.empty() || path.size() >= sizeof to.sun_path)
        return;
    to.sun_family = AF_UNIX;
    std::copy(path.begin(), path.end(), to.sun_path);
    if (path.front() == '@')
        to.sun_path[0] = '\0';  // a name that is no file: unix(7), "abstract"
    const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    // The manager's queue may be full for a moment; it must not hold up the loop for longer.
    constexpr timeval patience{0, 100'000};
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    ::sendto(fd, message.data(), message.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&to), size);
    ::close(fd);
}

std::optional<std::chrono::microseconds> watchdog_period()
{
    const auto period = number_in<std::uint64_t>(variable("WATCHDOG_USEC"));
    const auto watched = variable("WATCHDOG_PID");
    // The variables may be meant for another process, which passed them on to this one.
    const bool other = !watched.empty() && number_in<std::uint64_t>(watched) != static_cast<std::uint64_t>(::getpid());
    if (!period || *period == 0 || other)
        return std::nullopt;
    return std::chrono::microseconds(*period);
}

}  // namespace qdc::app
