#pragma once

#include "base/error.hpp"
#include "ports/state_store.hpp"
#include "state/base_file.hpp"
#include "state/envelope.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace qdc::state
{

/// What stands on the disk under one key.
struct finding
{
    std::optional<generation> value;  ///< the newest generation that can be believed
    std::string problem;              ///< not empty: why the newest, or neither, could be used; names the files
    error_code error;  ///< set: files are there, but none can be used: errc::state_damaged, or errno of the newest
};

/// Reads the newest generation of a key, else the previous one. No file at all is an empty finding; so is a damaged
/// newest one without a previous, but for its problem.
finding find(const std::filesystem::path& directory, const state_key& key);

/// Makes `text` the newest generation; its base, when it begins with one, goes to a file of its own first. In this
/// order: the content under a temporary name, fsync; it exchanges its name with the standing newest, which then takes
/// the name of the previous one; fsync of the directory. So at every instant each of the two names stands for a
/// complete generation, and never both for one file, which a single fault of the disk would take away under both. A
/// newest that is damaged never replaces the previous one.
///
/// `last_success`: nothing keeps the one of the newest generation. `bases`: of this key, kept from save to save.
///
/// Blocks. The caller holds the directory's lock. Errors: failure::not_an_object, or errno; then what was newest
/// still is, unless the very last step failed.
[[nodiscard]] result<void> write(
    const std::filesystem::path& directory,
    const state_key& key,
    std::string_view text,
    utc_time now,
    std::optional<utc_time> last_success,
    base_files& bases
);

/// The same, for a single save.
[[nodiscard]] result<void>
write(const std::filesystem::path& directory, const state_key& key, std::string_view text, utc_time now);

/// Takes a key's state away: the generation in use is kept under the name file_names::set_aside, which no one reads;
/// giving it the name of the newest brings it back. Blocks; the caller holds the lock. Error: errno, or
/// failure::no_such_state.
[[nodiscard]] result<void> set_aside(const std::filesystem::path& directory, const state_key& key);

}  // namespace qdc::state
