#pragma once

#include "base/error.hpp"
#include "ports/state_store.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace qdc::state
{

/// Opens a state directory: makes it (0700) when it is missing, locks it, tries whether it can be written to, and
/// removes what an interrupted save left behind. Blocks: for the start of the program.
///
/// Errors: failure::in_use when another instance has it (the program then ends with 75), else errno.
///
/// The store reads and writes on one thread of its own, in the order of the calls, so that no two saves overlap and a
/// load sees the save before it. A save that was begun is finished also when its caller is stopped; the destructor
/// waits for it. A load that finds no complete generation fails with errc::state_damaged; why_unusable() in inspect.hpp
/// has the reason in words.
[[nodiscard]] result<std::unique_ptr<state_store>> open_file_store(const std::filesystem::path& directory);

/// What makes a directory usable that belongs to somebody else, for messages.
std::string chown_advice(const std::filesystem::path& directory);

/// A store that forgets everything when it goes: for `--no-save-state` and `persistence: memory`.
std::unique_ptr<state_store> make_memory_store();

}  // namespace qdc::state
