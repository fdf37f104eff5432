#pragma once

#include "sandbox/world.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace qdc::sandbox
{

/// The columns of the activity log, as the real export has them.
constexpr std::array<std::string_view, 7> activity_columns{
    "Date",
    "Action",
    "Module",
    "Details",
    "User Name",
    "User Role",
    "User IP",
};

/// Rows of the seed and those that arrived since, numbered from the oldest.
std::uint64_t activity_count(const world& in);

instant activity_time(const world& in, std::uint64_t row);

/// The id that `id_max` counts in; grows with the row.
std::uint64_t activity_id(std::uint64_t row);

/// The last row whose id is at most `id`, plus one; 0 when there is none.
std::uint64_t rows_up_to(const world& in, std::uint64_t id);

struct activity_row
{
    std::array<std::string, activity_columns.size()> fields;
    bool required = true;  ///< false for rows that no finished reading can be asked for
};

activity_row activity_of(const world& in, std::uint64_t row);

}  // namespace qdc::sandbox
