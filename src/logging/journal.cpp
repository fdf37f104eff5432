#include "logging/journal.hpp"

#include <cerrno>
#include <cstring>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace qdc::logging
{

log_journal::log_journal(std::string socket_path)
    : path_(std::move(socket_path)),
      socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0))
{
}

log_journal::~log_journal()
{
    if (socket_ >= 0)
        ::close(socket_);
}

log_journal::outcome log_journal::send(std::string_view datagram)
{
    // A path that does not fit into an address cannot be a socket; without a socket nobody can be reached either.
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket_ < 0 || path_.size() >= sizeof address.sun_path)
        return outcome::absent;
    std::memcpy(address.sun_path, path_.data(), path_.size());

    ssize_t sent = -1;
    do
        sent = ::sendto(
            socket_,
            datagram.data(),
            datagram.size(),
            MSG_DONTWAIT | MSG_NOSIGNAL,
            reinterpret_cast<const sockaddr*>(&address),
            sizeof address
        );
    while (sent < 0 && errno == EINTR);
    if (sent >= 0)
        return outcome::sent;
    // A full queue loses this record only; any other error means that nobody listens there.
    return errno == EAGAIN || errno == ENOBUFS ? outcome::full : outcome::absent;
}

bool leads_to_journal(int descriptor, const char* journal_stream)
{
    struct stat about = {};
    if (journal_stream == nullptr || ::fstat(descriptor, &about) != 0)
        return false;
    return journal_stream == std::to_string(about.st_dev) + ':' + std::to_string(about.st_ino);
}

}  // namespace qdc::logging
