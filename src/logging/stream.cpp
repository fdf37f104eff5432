#include "logging/stream.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace qdc::logging
{
namespace
{

/// Whether the descriptor is a socket: then send() can be asked not to wait.
bool is_socket(int descriptor)
{
    struct stat about = {};
    return ::fstat(descriptor, &about) == 0 && S_ISSOCK(about.st_mode);
}

}  // namespace

log_stream::log_stream(int descriptor, std::size_t backlog_limit_bytes)
    : descriptor_(descriptor),
      is_socket_(is_socket(descriptor)),
      backlog_limit_bytes_(backlog_limit_bytes)
{
}

void log_stream::write(std::string_view line)
{
    // No space for a complete line: it is dropped and counted.
    if (!flush() && backlog_.size() + line.size() > backlog_limit_bytes_)
    {
        ++dropped_;
        return;
    }
    // A line whose rest was lost is ended, or the next one would seem to be its rest.
    if (backlog_.empty() && inside_line_)
        backlog_ += '\n';
    backlog_ += line;
    flush();
}

bool log_stream::flush()
{
    while (!backlog_.empty())
    {
        const auto outcome = write_piece();
        if (outcome == progress::full)
            return false;
        if (outcome == progress::failed)
            give_up();
    }
    return true;
}

/// Writes the front of what is kept, if the reader takes it without a wait.
log_stream::progress log_stream::write_piece()
{
    pollfd ready{descriptor_, POLLOUT, 0};
    const int answer = ::poll(&ready, 1, 0);
    // Nothing fits now: what is kept waits for the next line. A reader that is gone is another case.
    if (answer == 0 || (answer < 0 && errno == EINTR))
        return progress::full;
    if (answer < 0 || (ready.revents & POLLOUT) == 0 || (ready.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0)
        return progress::failed;

    // A pipe that is ready takes PIPE_BUF bytes without a wait (pipe(7)).
    const auto size = std::min<std::size_t>(backlog_.size(), PIPE_BUF);
    const auto written = is_socket_ ? ::send(descriptor_, backlog_.data(), size, MSG_DONTWAIT | MSG_NOSIGNAL)
                                    : ::write(descriptor_, backlog_.data(), size);
    if (written < 0)
        return errno == EAGAIN || errno == EINTR ? progress::full : progress::failed;
    const auto count = static_cast<std::size_t>(written);
    if (count > 0)
        inside_line_ = backlog_[count - 1] != '\n';
    backlog_.erase(0, count);
    return progress::written;
}

/// The descriptor has failed: drops what is kept, and counts its lines.
void log_stream::give_up()
{
    dropped_ += static_cast<std::uint64_t>(std::count(backlog_.begin(), backlog_.end(), '\n'));
    backlog_.clear();
}

}  // namespace qdc::logging
