#pragma once

#include "base/error.hpp"
#include "ports/state_store.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::state
{

/// What the official collector remembers of one service (persistence version 1 of its Qualys services).
struct official_state
{
    std::optional<std::int64_t> persistence_version;  ///< "@persistence_version"
    std::optional<std::string> start_time_str;        ///< start_time_utc of its configuration: "2024-01-10T09:47:08Z"
    std::optional<std::string> last_event_time_str;   ///< date of the last event sent
    std::vector<std::string> last_ids;                ///< the events of that date; numbers as their digits
};

/// Name of the file that the official collector keeps for a key: MD5 of "<input>;<id>;<service>;None" in hexadecimal
/// digits (collector SDK 1.8; None stands for "no submodule").
std::string official_file_name(const state_key& key);

/// A state, or why there is none.
struct official_outcome
{
    std::optional<official_state> value;
    std::string problem;  ///< "opcode GLOBAL is refused, … (byte 12)", "last_ids is not a list"
};

/// Reads the content of such a file: a Python pickle of a dictionary. Nothing of it is ever executed. Members beside
/// the four are passed over; a member that is missing or None stays empty; one of another type is a problem.
official_outcome read_official(std::string_view bytes);

/// Reads the file of a key. Errors: errno, as no_such_file_or_directory when the official collector never saved that
/// service, or file_too_large beyond 16 MiB.
[[nodiscard]] result<official_outcome> read_official(const std::filesystem::path& directory, const state_key& key);

}  // namespace qdc::state
