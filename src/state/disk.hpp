#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace qdc::state
{

/// Owns a file descriptor.
class descriptor
{
public:
    descriptor() = default;

    explicit descriptor(int number) noexcept : number_(number) {}

    descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

    descriptor& operator=(descriptor&& other) noexcept
    {
        std::swap(number_, other.number_);
        return *this;
    }

    ~descriptor();

    /// Of the open file; -1: none.
    int number() const noexcept { return number_; }

    explicit operator bool() const noexcept { return number_ >= 0; }

    /// Closes now and returns an error that only shows here, as NFS reports a full disk.
    [[nodiscard]] error_code close() noexcept;

private:
    int number_{-1};
};

/// errno as an error_code.
error_code last_error() noexcept;

/// The complete content of a regular file; errc::file_too_large of the system beyond `limit_bytes`, failure::not_a_file
/// for a FIFO, a device and the like.
[[nodiscard]] result<std::string> read_file(const std::filesystem::path& path, std::size_t limit_bytes);

/// Makes a file (0600) of that content and waits until the disk has it. An old file of that name is replaced. After an
/// error nothing of the file is left.
[[nodiscard]] error_code write_durably(const std::filesystem::path& path, std::string_view content);

/// Gives a file another name, in place of the file that has it. Durable only after sync_directory().
[[nodiscard]] error_code rename_file(const std::filesystem::path& source, const std::filesystem::path& target);

/// Lets two files change their names in one step. Not every file system can: EINVAL, or ENOSYS (renameat2(2)).
[[nodiscard]] error_code exchange_files(const std::filesystem::path& one, const std::filesystem::path& other);

/// Removes a file; that there is none is not an error.
[[nodiscard]] error_code remove_file(const std::filesystem::path& path);

/// Waits until the disk has the names of a directory, where the file system can.
[[nodiscard]] error_code sync_directory(const std::filesystem::path& directory);

}  // namespace qdc::state
