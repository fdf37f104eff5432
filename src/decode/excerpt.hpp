#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace qdc::decode
{

/// What stands around that `position` of `text`, for people who look for the cause of an error: up to 60 bytes, control
/// characters and everything beyond ASCII as '.'. Where more stood, it is said with "…": a log that hides secrets knows
/// there that it may see only a part of one.
std::string excerpt_around(std::string_view text, std::size_t position);

/// `, near "…"`: an excerpt behind the words of a fault; nothing for an empty one.
std::string near(const std::string& excerpt);

}  // namespace qdc::decode
