#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::decode
{

/// The fields of a line.
using activity_row = std::vector<std::string>;

/// What the footer of a user activity log says. A page that was truncated has code 1980 and the address of the next one;
/// in another spelling its columns are called "Status Message", "Next ID" and "Next URL".
struct activity_footer
{
    std::string code;
    std::string text;
    std::string url;       ///< of the next page
    bool finished{false};  ///< it says that this was the last page

    bool operator==(const activity_footer&) const = default;
};

/// The footer's lines: a word ("WARNING"), the names, the values; or names and values. Nothing: they say nothing.
std::optional<activity_footer> read_activity_footer(const std::vector<activity_row>& rows);

/// Whether one of the names is that one, in any case.
bool has_column(const activity_row& names, std::string_view name);

}  // namespace qdc::decode
