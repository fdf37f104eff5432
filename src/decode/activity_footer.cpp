#include "decode/activity_footer.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cstddef>

namespace qdc::decode
{
namespace
{

/// The layout that is known: the values stand below their names.
void read_columns(activity_footer& footer, const activity_row& names, const activity_row& values)
{
    for (std::size_t column = 0; column < std::min(values.size(), names.size()); ++column)
    {
        if (same_letters(names[column], "CODE"))
            footer.code = trimmed(values[column]);
        else if (same_letters(names[column], "TEXT"))
            footer.text = values[column];
        else if (same_letters(names[column], "URL"))
            footer.url = trimmed(values[column]);
    }
}

/// In whatever words: an address with a cursor is worth more than another one.
void read_cells(activity_footer& footer, const std::vector<activity_row>& rows)
{
    for (const auto& row : rows)
    {
        for (const auto& cell : row)
        {
            const auto value = trimmed(cell);
            const bool cursor = value.find("id_max=") != std::string_view::npos;
            if (cursor || (footer.url.empty() && value.find("://") != std::string_view::npos))
                footer.url = value;
            footer.finished = footer.finished || same_letters(value, "FINISHED");
        }
    }
}

}  // namespace

bool has_column(const activity_row& names, std::string_view name)
{
    return std::any_of(names.begin(), names.end(), [name](const auto& each) { return same_letters(each, name); });
}

/// WARNING                                          a word of its own, passed over
/// CODE,TEXT,URL                                    the names: the row that has CODE
/// 1980,"Page truncated",https://…?id_max=123       code, text and address, each below its name
std::optional<activity_footer> read_activity_footer(const std::vector<activity_row>& rows)
{
    if (rows.empty())
        return std::nullopt;
    activity_footer footer;
    const auto names =
        std::find_if(rows.begin(), rows.end(), [](const activity_row& row) { return has_column(row, "CODE"); });
    // Names with empty values below them say nothing.
    if (names != rows.end() && names + 1 != rows.end())
    {
        const auto& values = names[1];
        if (std::ranges::all_of(values, [](const auto& value) { return trimmed(value).empty(); }))
            return std::nullopt;
        read_columns(footer, *names, values);
        if (!footer.code.empty())
            return footer;
    }
    // No code stands where it is expected: the layout is another one, so any cell may hold the address.
    read_cells(footer, rows);
    // The known layout, without a code and without an address: a notice, and the end.
    if (names != rows.end() && footer.url.empty() && !footer.text.empty())
        footer.finished = true;
    return footer;
}

}  // namespace qdc::decode
