#pragma once

#include "base/error.hpp"
#include "state/disk.hpp"

#include <filesystem>
#include <string>

namespace qdc::state
{

/// While it lives, no other process (and no other lock of this one) has the directory. The kernel gives it back when
/// the process ends, however it ends.
///
/// Three locks, because each can be taken away by itself: the file DIR/.lock (known on network file systems), the
/// directory (a removed file does not free it), and the place of the directory, a name of the kernel's made of its
/// parent and its own name (a folder that was replaced does not free it; within one network namespace).
class directory_lock
{
public:
    /// Makes the directory (0700) when it is missing, then locks it. Does not wait: failure::in_use when someone else
    /// holds it. failure::no_locks when its file system has none. Other errors: errno.
    [[nodiscard]] static result<directory_lock> take(const std::filesystem::path& directory);

    /// Looks whether the directory still is the one that was locked, and locks what stands in its place now: somebody
    /// may have removed the lock's file or replaced the folder. Errors as take(), and errno for a directory that is
    /// gone.
    [[nodiscard]] error_code renew(const std::filesystem::path& directory);

private:
    explicit directory_lock(descriptor place) noexcept : place_(std::move(place)) {}

    error_code lock_contents(const std::filesystem::path& directory);

    descriptor place_;
    descriptor directory_;
    descriptor file_;
};

/// " (process 4711)": who holds the lock of the directory, as it has noted in DIR/.lock; empty: it could not. To be put
/// behind the message of failure::in_use.
std::string holder_text(const std::filesystem::path& directory);

}  // namespace qdc::state
