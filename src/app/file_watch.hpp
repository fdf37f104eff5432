#pragma once

#include <cstdint>
#include <filesystem>
#include <utility>
#include <vector>

namespace qdc::app
{

/// Notices that files are not what they were: by time, size and identity, not by content.
class file_watch
{
public:
    /// Remembers the files as they are now. One that does not exist is watched too.
    explicit file_watch(std::vector<std::filesystem::path> files);

    /// True when a file changed, appeared or went since the last time this was asked.
    bool changed();

private:
    struct stamp
    {
        std::int64_t modified{0};
        std::uint64_t size{0};
        std::uint64_t identity{0};

        bool operator==(const stamp&) const = default;
    };

    static stamp of(const std::filesystem::path& file);

    std::vector<std::pair<std::filesystem::path, stamp>> files_;
};

}  // namespace qdc::app
