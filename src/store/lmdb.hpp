#pragma once

#include "base/error.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <lmdb.h>

namespace qdc::store
{

/// Codes of LMDB: errno where positive, its own where negative.
const boost::system::error_category& lmdb_category() noexcept;

/// 0 or a positive errno with the system's category, a negative code with lmdb_category().
error_code lmdb_error(int code) noexcept;

struct close_environment
{
    void operator()(MDB_env* env) const noexcept { mdb_env_close(env); }
};

struct abort_transaction
{
    void operator()(MDB_txn* transaction) const noexcept { mdb_txn_abort(transaction); }
};

struct close_cursor
{
    void operator()(MDB_cursor* cursor) const noexcept { mdb_cursor_close(cursor); }
};

using environment_handle = std::unique_ptr<MDB_env, close_environment>;
using transaction_handle = std::unique_ptr<MDB_txn, abort_transaction>;  ///< not committed: nothing happened
using cursor_handle = std::unique_ptr<MDB_cursor, close_cursor>;

/// Names of the tables and of the format are texts; the keys of a table are numbers in ascending order.
inline constexpr char notes_table[] = "notes";
inline constexpr unsigned value_table_flags = MDB_INTEGERKEY;

enum class access
{
    read,
    write,
};

/// Opens the environment in an existing folder; a file that is shorter than its own count of pages is MDB_CORRUPTED.
[[nodiscard]] result<environment_handle> open_handle(const std::filesystem::path& folder, access wanted);

/// Begins a transaction; one at a time may write, and waits for the one before.
[[nodiscard]] result<transaction_handle> begin(MDB_env& env, access wanted);

/// Makes what the transaction wrote durable. The transaction is over also after an error.
[[nodiscard]] error_code commit(transaction_handle transaction);

/// The handle of a table; with `access::write` it is made when it is missing. MDB_NOTFOUND otherwise.
[[nodiscard]] result<MDB_dbi>
table_handle(MDB_txn& transaction, const std::string& name, unsigned flags, access wanted);

/// A text as LMDB takes it; it has to outlive the call.
inline MDB_val bytes_of(std::string_view text)
{
    return {text.size(), const_cast<char*>(text.data())};
}

/// A view of what LMDB gave, valid as long as its transaction.
inline std::string_view text_of(const MDB_val& value)
{
    return {static_cast<const char*>(value.mv_data), value.mv_size};
}

/// Each value is kept with 8 bytes of checksum in front, so that damage is seen and not believed.
std::string with_checksum(std::uint64_t key, std::string_view value);

/// Nothing: damaged.
std::optional<std::string_view> checked_value(std::uint64_t key, std::string_view kept);

}  // namespace qdc::store
