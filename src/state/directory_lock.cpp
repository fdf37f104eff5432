#include "state/directory_lock.hpp"

#include "state/failure.hpp"

#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

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
        std::error_code ignored;  // what cannot be looked at cannot be made either: mkdir tells why
        if (std::filesystem::is_directory(so_far, ignored))
            continue;
        if (::mkdir(so_far.c_str(), S_IRWXU) != 0 && errno != EEXIST)
            return last_error();
    }
    return {};
}

}  // namespace

result<directory_lock> directory_lock::take(const std::filesystem::path& directory)
{
    if (const auto ec = make_directory(directory))
        return ec;
    const auto path = directory / ".lock";
    descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
    if (!file)
        return last_error();
    if (::flock(file.number(), LOCK_EX | LOCK_NB) == 0)
        return directory_lock(std::move(file));
    if (errno == EWOULDBLOCK)
        return make_error_code(failure::in_use);
    return last_error();
}

}  // namespace qdc::state
