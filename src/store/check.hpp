#pragma once

#include "base/error.hpp"

#include <chrono>
#include <filesystem>

namespace qdc::store
{

/// The format of what stands in the store; another one is set aside.
inline constexpr char format_note[] = "format";
inline constexpr char format_version[] = "1";

/// Whether the store in `folder` can be read to its end, found out by a child process: a damaged page may send a reader
/// anywhere. Waits for `longest`; a store that is so large that this is not enough is believed.
///
/// Errors: MDB_CORRUPTED (lmdb_category), MDB_VERSION_MISMATCH for another format, and what opening it gave.
[[nodiscard]] error_code check(const std::filesystem::path& folder, std::chrono::milliseconds longest);

}  // namespace qdc::store
