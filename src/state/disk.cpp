#include "state/disk.hpp"

#include "state/failure.hpp"

#include <boost/system/errc.hpp>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace qdc::state
{
namespace
{

/// The descriptor of open(2), tried again when a signal came between.
descriptor open_file(const std::filesystem::path& path, int flags, mode_t mode = 0)
{
    int number = -1;
    do
        number = ::open(path.c_str(), flags | O_CLOEXEC, mode);
    while (number < 0 && errno == EINTR);
    return descriptor(number);
}

/// All of `content`, in as many writes as it takes.
error_code write_all(int file, std::string_view content)
{
    while (!content.empty())
    {
        // A signal may come first, or a part be written only.
        const auto written = ::write(file, content.data(), content.size());
        if (written < 0 && errno != EINTR)
            return last_error();
        if (written > 0)
            content.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

/// Waits until the disk has a file or directory.
error_code sync(int file)
{
    while (::fsync(file) != 0)
        if (errno != EINTR)
            return last_error();
    return {};
}

/// Content, fsync, close: the first error of the three.
error_code fill(descriptor file, std::string_view content)
{
    if (const auto ec = write_all(file.number(), content))
        return ec;
    if (const auto ec = sync(file.number()))
        return ec;
    return file.close();
}

}  // namespace

descriptor::~descriptor()
{
    if (number_ >= 0)
        ::close(number_);
}

error_code descriptor::close() noexcept
{
    // Linux frees the number also when close() is interrupted: never a second time.
    if (::close(std::exchange(number_, -1)) != 0 && errno != EINTR)
        return last_error();
    return {};
}

error_code last_error() noexcept
{
    return {errno, boost::system::system_category()};
}

result<std::string> read_file(const std::filesystem::path& path, std::size_t limit_bytes)
{
    // Not a FIFO or a device: nobody may be at its other end, or it may have none.
    const auto file = open_file(path, O_RDONLY | O_NONBLOCK);
    if (!file)
        return last_error();

    struct stat facts
    {
    };

    if (::fstat(file.number(), &facts) != 0)
        return last_error();
    if (S_ISDIR(facts.st_mode))
        return make_error_code(boost::system::errc::is_a_directory);
    if (!S_ISREG(facts.st_mode))
        return make_error_code(failure::not_a_file);
    // The size now is only a first look: the file may grow while it is read.
    if (static_cast<std::uintmax_t>(facts.st_size) > limit_bytes)
        return make_error_code(boost::system::errc::file_too_large);
    // 16 KiB at a time, until a read gives nothing more.
    std::string content;
    std::array<char, 16384> piece{};
    for (;;)
    {
        const auto got = ::read(file.number(), piece.data(), piece.size());
        if (got == 0)
            return content;
        if (got < 0 && errno != EINTR)
            return last_error();
        if (got > 0)
            content.append(piece.data(), static_cast<std::size_t>(got));
        if (content.size() > limit_bytes)
            return make_error_code(boost::system::errc::file_too_large);
    }
}

error_code write_durably(const std::filesystem::path& path, std::string_view content)
{
    // A link of that name is removed, not followed.
    if (const auto ec = remove_file(path))
        return ec;
    // O_EXCL: a name that came back meanwhile is a second writer, and that must not go unseen.
    // Content and name: the fsync of the file here, that of its name by sync_directory().
    auto file = open_file(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, S_IRUSR | S_IWUSR);
    if (!file)
        return last_error();
    const auto ec = fill(std::move(file), content);
    if (ec)
        ::unlink(path.c_str());  // the first error is the one to return
    return ec;
}

error_code rename_file(const std::filesystem::path& source, const std::filesystem::path& target)
{
    return ::rename(source.c_str(), target.c_str()) == 0 ? error_code() : last_error();
}

error_code exchange_files(const std::filesystem::path& one, const std::filesystem::path& other)
{
    const auto done = ::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE);
    return done == 0 ? error_code() : last_error();
}

error_code remove_file(const std::filesystem::path& path)
{
    return ::unlink(path.c_str()) == 0 || errno == ENOENT ? error_code() : last_error();
}

error_code sync_directory(const std::filesystem::path& directory)
{
    const auto handle = open_file(directory, O_RDONLY | O_DIRECTORY);
    if (!handle)
        return last_error();
    const auto failed = sync(handle.number());
    // Some file systems (FUSE, SMB, vboxsf) know no fsync of a directory: their names are as durable as they get.
    const bool unknown = failed == boost::system::errc::invalid_argument ||
                         failed == boost::system::errc::not_supported ||
                         failed == boost::system::errc::operation_not_supported;
    return unknown ? error_code() : failed;
}

}  // namespace qdc::state
