#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace qdc
{

/// "1 page", "2 pages".
inline std::string count_of(std::uint64_t number, std::string_view noun)
{
    auto text = std::to_string(number) + ' ';
    text += noun;
    return number == 1 ? text : text + 's';
}

}  // namespace qdc
