#pragma once

#include <algorithm>
#include <string_view>
#include <vector>

namespace qdc
{

/// The words of a list with commas between; empty ones are left out. Valid as long as the list.
inline std::vector<std::string_view> words(std::string_view list)
{
    std::vector<std::string_view> found;
    while (!list.empty())
    {
        const auto word = list.substr(0, list.find(','));
        list.remove_prefix(std::min(word.size() + 1, list.size()));
        if (!word.empty())
            found.push_back(word);
    }
    return found;
}

}  // namespace qdc
