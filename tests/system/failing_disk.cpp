// Loaded in front of the C library: calls that concern files below one folder fail as long as an order says so.
//   QDC_FAILING_DISK_BELOW   the folder
//   QDC_FAILING_DISK_ORDER   a file: empty, or "CALL ERROR" with CALL one of open, write, pwrite, fsync, rename and ERROR a name
#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

namespace
{

template <typename Function>
Function* next_one(const char* name)
{
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

int number_of(std::string_view error)
{
    if (error == "ENOSPC")
        return ENOSPC;
    if (error == "EROFS")
        return EROFS;
    if (error == "EDQUOT")
        return EDQUOT;
    return EIO;
}

/// The error number that the order wants for `call`; 0: none.
int ordered(std::string_view call)
{
    const char* const order = std::getenv("QDC_FAILING_DISK_ORDER");
    std::FILE* const file = order != nullptr ? std::fopen(order, "re") : nullptr;
    if (file == nullptr)
        return 0;
    std::array<char, 32> name{};
    std::array<char, 32> error{};
    const int found = std::fscanf(file, "%31s %31s", name.data(), error.data());
    std::fclose(file);
    return found == 2 && call == name.data() ? number_of(error.data()) : 0;
}

bool is_below(std::string_view path)
{
    const char* const folder = std::getenv("QDC_FAILING_DISK_BELOW");
    return folder != nullptr && path.starts_with(folder);
}

bool is_below(int descriptor)
{
    std::array<char, 4096> target{};
    const auto link = "/proc/self/fd/" + std::to_string(descriptor);
    const auto size = readlink(link.c_str(), target.data(), target.size());
    return size > 0 && is_below(std::string_view(target.data(), static_cast<std::size_t>(size)));
}

template <typename Place>
bool fails(const Place& place, std::string_view call)
{
    const int before = errno;
    const int error = is_below(place) ? ordered(call) : 0;
    errno = error != 0 ? error : before;
    return error != 0;
}

}  // namespace

extern "C"
{

    ssize_t write(int descriptor, const void* bytes, size_t size)
    {
        static auto* const real = next_one<ssize_t(int, const void*, size_t)>("write");
        return fails(descriptor, "write") ? -1 : real(descriptor, bytes, size);
    }

    /// Of a store, whose file is written in places.
    ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t place)
    {
        static auto* const real = next_one<ssize_t(int, const void*, size_t, off_t)>("pwrite");
        return fails(descriptor, "pwrite") ? -1 : real(descriptor, bytes, size, place);
    }

    ssize_t writev(int descriptor, const iovec* parts, int count)
    {
        static auto* const real = next_one<ssize_t(int, const iovec*, int)>("writev");
        return fails(descriptor, "pwrite") ? -1 : real(descriptor, parts, count);
    }

    int fsync(int descriptor)
    {
        static auto* const real = next_one<int(int)>("fsync");
        return fails(descriptor, "fsync") ? -1 : real(descriptor);
    }

    int fdatasync(int descriptor)
    {
        static auto* const real = next_one<int(int)>("fdatasync");
        return fails(descriptor, "fsync") ? -1 : real(descriptor);
    }

    int rename(const char* from, const char* to)
    {
        static auto* const real = next_one<int(const char*, const char*)>("rename");
        return fails(std::string_view(to), "rename") ? -1 : real(from, to);
    }

    int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags)
    {
        static auto* const real = next_one<int(int, const char*, int, const char*, unsigned)>("renameat2");
        return fails(std::string_view(to), "rename") ? -1 : real(from_folder, from, to_folder, to, flags);
    }

    int open(const char* path, int flags, ...)
    {
        static auto* const real = next_one<int(const char*, int, ...)>("open");
        std::va_list rest;
        va_start(rest, flags);
        const auto mode = va_arg(rest, unsigned);
        va_end(rest);
        const bool writes = (flags & O_ACCMODE) != O_RDONLY;
        return writes && fails(std::string_view(path), "open") ? -1 : real(path, flags, mode);
    }

}  // extern "C"
