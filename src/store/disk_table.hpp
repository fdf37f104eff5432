#pragma once

#include "store/lmdb.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qdc::store
{

/// What one save writes, in one transaction.
struct changes
{
    bool clear{false};                                                         ///< first forget everything
    std::vector<std::pair<std::uint64_t, std::optional<std::string>>> values;  ///< ascending; nothing: erased
    std::map<std::string, std::string, std::less<>> notes;
};

/// One table of an environment as it stands on disk. Reads are for the loop, write() for the thread of the disk; LMDB
/// keeps the two apart: a reader sees what was committed before its transaction began.
class disk_table
{
public:
    /// With `access::write` the table, and that of the notes, are made when they are missing; otherwise MDB_NOTFOUND.
    static result<disk_table> open(MDB_env& env, const std::string& name, access wanted);

    /// Copies the value into a buffer of its own, valid until the next call. A damaged one counts as none.
    std::optional<std::string_view> find(std::uint64_t key);

    /// The least key that is at least `key`.
    std::optional<std::uint64_t> next(std::uint64_t key);

    /// How many values there are.
    std::uint64_t size();

    /// All notes of this table.
    std::map<std::string, std::string, std::less<>> notes();

    /// All or nothing, and durable.
    [[nodiscard]] error_code write(const changes& wanted) const;

private:
    disk_table(MDB_env& env, std::string name, MDB_dbi values, MDB_dbi notes, transaction_handle reading);

    /// A view of what is committed now; ends with the object.
    class moment;

    std::string note_prefix() const { return name_ + '.'; }

    MDB_env* env_;
    std::string name_;
    MDB_dbi values_;
    MDB_dbi notes_;
    transaction_handle reading_;  ///< reset between two reads, so that it holds no page back from being used again
    std::string found_;
};

}  // namespace qdc::store
