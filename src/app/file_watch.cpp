#include "app/file_watch.hpp"

#include <sys/stat.h>

namespace qdc::app
{

file_watch::file_watch(std::vector<std::filesystem::path> files)
{
    for (auto& file : files)
    {
        const auto now = of(file);
        files_.emplace_back(std::move(file), now);
    }
}

bool file_watch::changed()
{
    bool any = false;
    for (auto& [file, known] : files_)
    {
        const auto now = of(file);
        any = any || now != known;
        known = now;
    }
    return any;
}

file_watch::stamp file_watch::of(const std::filesystem::path& file)
{
    struct stat facts
    {
    };

    // A file that is not there has an empty stamp: that it comes or goes is a change too.
    if (::stat(file.c_str(), &facts) != 0)
        return {};
    constexpr std::int64_t nanoseconds = 1'000'000'000;
    return {
        facts.st_mtim.tv_sec * nanoseconds + facts.st_mtim.tv_nsec,
        static_cast<std::uint64_t>(facts.st_size),
        static_cast<std::uint64_t>(facts.st_ino)};
}

}  // namespace qdc::app
