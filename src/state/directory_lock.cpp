#include "state/directory_lock.hpp"

#include "state/failure.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace qdc::state
{
namespace
{

/// Like `mkdir -p`, but what is made belongs to this user alone.
error_code make_directory(const std::filesystem::path& directory)
{
    std::filesystem::path so_far;
    for (const auto& part : directory)
    {
        so_far /= part;
        std::error_code ignored;  // what cannot be looked at cannot be made either: mkdir's error shows why
        if (std::filesystem::is_directory(so_far, ignored))
            continue;
        if (::mkdir(so_far.c_str(), S_IRWXU) != 0 && errno != EEXIST)
            return last_error();
    }
    return {};
}

/// DIR/.lock, made when it is missing; a link of that name is refused.
descriptor open_lock_file(const std::filesystem::path& directory)
{
    const auto path = directory / ".lock";
    return descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
}

/// Locks without waiting. The kernel frees the lock when the last descriptor of the file is closed.
error_code lock_now(const descriptor& file)
{
    if (::flock(file.number(), LOCK_EX | LOCK_NB) == 0)
        return {};
    if (errno == EWOULDBLOCK)
        return make_error_code(failure::in_use);
    if (errno == ENOLCK)
        return make_error_code(failure::no_locks);
    return last_error();
}

/// Notes in the locked file who we are, for whoever finds it locked. On a full disk nothing stands there.
void note_holder(const descriptor& file)
{
    const auto text = std::to_string(::getpid()) + '\n';
    if (::ftruncate(file.number(), 0) != 0)
        return;
    [[maybe_unused]] const auto written = ::pwrite(file.number(), text.data(), text.size(), 0);
}

/// Whether the path still leads to the file that is open.
bool is_same(const std::filesystem::path& path, const descriptor& file)
{
    struct stat there
    {
    };

    struct stat open
    {
    };

    return ::stat(path.c_str(), &there) == 0 && ::fstat(file.number(), &open) == 0 && there.st_dev == open.st_dev &&
           there.st_ino == open.st_ino;
}

/// Whether the one who has the name may have it: anybody can take a name of the kernel's.
bool is_ours_or_root(const descriptor& own, const sockaddr_un& name, socklen_t size)
{
    // Somebody of ours who has the name listens on it, so connecting shows the owner of the other process.
    const descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    ucred holder{};
    socklen_t holder_size = sizeof holder;
    // Whoever does not answer counts as ours: refusing to start is the safe side.
    if (!own || ::connect(probe.number(), reinterpret_cast<const sockaddr*>(&name), size) != 0)
        return true;
    if (::getsockopt(probe.number(), SOL_SOCKET, SO_PEERCRED, &holder, &holder_size) != 0)
        return true;
    return holder.uid == ::geteuid() || holder.uid == 0;
}

/// Takes the directory's place in its parent. Without sockets there is nothing to take.
result<descriptor> take_place(const std::filesystem::path& directory)
{
    // The parent and the folder's name, not the folder itself: a folder that replaces it has the same place.
    std::error_code unknown;
    auto full = std::filesystem::canonical(directory, unknown);

    struct stat parent
    {
    };

    descriptor held(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (unknown || !held || ::stat(full.parent_path().c_str(), &parent) != 0)
        return descriptor();
    // A name that begins with a zero byte is in no file system (unix(7), "abstract").
    const auto text = "qualys-devo-collector/" + std::to_string(parent.st_dev) + '/' + std::to_string(parent.st_ino) +
                      '/' + full.filename().string();
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    const auto length = std::min(text.size(), sizeof name.sun_path - 1);
    std::copy_n(text.data(), length, name.sun_path + 1);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + length);
    if (::bind(held.number(), reinterpret_cast<const sockaddr*>(&name), size) == 0)
    {
        // Listening, so that another start can ask who we are.
        if (::listen(held.number(), 1) != 0)
            return last_error();
        return held;
    }
    // A stranger's socket must not keep us from starting: the two other locks still count.
    if (errno == EADDRINUSE && is_ours_or_root(held, name, size))
        return make_error_code(failure::in_use);
    return descriptor();
}

}  // namespace

result<directory_lock> directory_lock::take(const std::filesystem::path& directory)
{
    if (const auto ec = make_directory(directory))
        return ec;
    auto place = take_place(directory);
    if (!place)
        return place.error();
    directory_lock made(std::move(*place));
    if (const auto ec = made.lock_contents(directory))
        return ec;
    return made;
}

error_code directory_lock::renew(const std::filesystem::path& directory)
{
    // The usual case: both paths still lead to what is locked.
    if (is_same(directory, directory_) && is_same(directory / ".lock", file_))
        return {};
    return lock_contents(directory);
}

/// The old locks are held until the new ones are.
error_code directory_lock::lock_contents(const std::filesystem::path& directory)
{
    // The folder was replaced, or this is the first time.
    if (!directory_ || !is_same(directory, directory_))
    {
        descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!opened)
            return last_error();
        // NFS locks only what is open for writing, which a directory cannot be.
        const auto failed = lock_now(opened);
        if (failed == failure::in_use)
            return failed;
        directory_ = std::move(opened);
    }
    // Then the file in it, which network file systems know as well.
    auto file = open_lock_file(directory);
    if (!file)
        return last_error();
    if (const auto failed = lock_now(file))
        return failed;
    note_holder(file);
    file_ = std::move(file);
    return {};
}

std::string holder_text(const std::filesystem::path& directory)
{
    const descriptor file(::open((directory / ".lock").c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    std::array<char, 20> text{};
    const auto size = file ? ::pread(file.number(), text.data(), text.size(), 0) : -1;
    // A number and the end of the line, or it is none of ours.
    const std::string_view line(text.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    const auto digits = line.substr(0, line.find('\n'));
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos)
        return {};
    return " (process " + std::string(digits) + ')';
}

}  // namespace qdc::state
