#pragma once

#include "base/error.hpp"
#include "ports/value_store.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace qdc::store
{

/// What one input remembers on disk besides its checkpoints: an LMDB environment in a folder of its own. Written on a
/// thread of its own, read on the loop. The process holds the lock of the state directory, so it is the only one.
class environment
{
public:
    virtual ~environment() = default;

    /// The table of that name, made when it is missing. The environment outlives it. One object for each name. Blocks:
    /// for the start of the program.
    virtual result<std::unique_ptr<value_store>> open_table(const std::string& name) = 0;

    /// Empties the table of that name, which is not open, its notes too. Blocks.
    virtual error_code forget(const std::string& name) = 0;

    /// Bytes of the file on disk.
    virtual std::uint64_t disk_bytes() const = 0;
};

struct opened_environment
{
    std::unique_ptr<environment> value;
    std::string set_aside;  ///< not empty: why the old one could not be used, and where it is now
};

/// Long enough for a large store on a slow disk.
inline constexpr std::chrono::seconds usual_check{20};

/// Opens the store in `folder` (0700), or makes one. A store that is damaged or of another version is set aside: its
/// folder is renamed to "NAME.unusable", in place of an earlier one, and an empty store takes its place. Blocks: for
/// the start of the program.
///
/// Damage in a memory map can end the process that reads it. So a child process reads everything first, for
/// `longest_check` at most; what it did not get to is found, or not, when it is opened.
///
/// Errors: errno of a folder that cannot be made, read or written.
[[nodiscard]] result<opened_environment>
open_environment(const std::filesystem::path& folder, std::chrono::milliseconds longest_check = usual_check);

/// What `state show` and doctor want to know of a store that another process may be using.
struct store_facts
{
    std::uint64_t disk_bytes{0};
    std::uint64_t entries{0};     ///< of the table
    std::uint64_t generation{0};  ///< of the table: the newest that is durable
    std::string note;             ///< the one asked for
    std::string value;            ///< of the key asked for; empty: there is none
};

/// Reads without changing anything. Errors: errno; LMDB's own codes for a store that is damaged or of another version.
[[nodiscard]] result<store_facts> look_into(
    const std::filesystem::path& folder,
    const std::string& table,
    const std::string& note,
    std::optional<std::uint64_t> key = std::nullopt
);

/// A table of a store that another process may be writing, as it stands at each look. What is put stays in memory. Blocks
/// while a child process reads the store over first, as open_environment() does.
///
/// Errors: errno, ENOENT of a folder that is not there; LMDB's own codes for a store that is damaged or of another version,
/// MDB_NOTFOUND for a table that was never made.
[[nodiscard]] result<std::shared_ptr<keyed_values>>
open_for_reading(const std::filesystem::path& folder, const std::string& name);

/// Empties one table, its notes too. Of a folder that is missing, nothing. The caller holds the lock of the state
/// directory.
[[nodiscard]] error_code forget_table(const std::filesystem::path& folder, const std::string& table);

/// Values that are forgotten when the program ends: for `--no-save-state` and `persistence: memory`.
std::unique_ptr<value_store> make_memory_table();

/// An empty one that stands for a table which nobody looks into: whatever generation a state names, it has it.
std::unique_ptr<value_store> make_blank_table();

}  // namespace qdc::store
