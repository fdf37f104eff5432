#include "store/disk_table.hpp"

#include "store/check.hpp"

#include <cstring>

namespace qdc::store
{
namespace
{

/// A key as LMDB takes it: 8 bytes in the machine's order (MDB_INTEGERKEY).
MDB_val number_bytes(const std::uint64_t& key)
{
    return {sizeof key, const_cast<std::uint64_t*>(&key)};
}

}  // namespace

class disk_table::moment
{
public:
    explicit moment(MDB_txn& reading) : reading_(reading), usable_(mdb_txn_renew(&reading) == 0) {}

    ~moment()
    {
        if (usable_)
            mdb_txn_reset(&reading_);
    }

    moment(const moment&) = delete;
    moment& operator=(const moment&) = delete;

    explicit operator bool() const noexcept { return usable_; }

private:
    MDB_txn& reading_;
    bool usable_;
};

disk_table::disk_table(MDB_env& env, std::string name, MDB_dbi values, MDB_dbi notes, transaction_handle reading)
    : env_(&env),
      name_(std::move(name)),
      values_(values),
      notes_(notes),
      reading_(std::move(reading))
{
}

result<disk_table> disk_table::open(MDB_env& env, const std::string& name, access wanted)
{
    // Table, notes and format are made in one transaction: another run finds all of them, or none.
    auto opening = begin(env, wanted);
    if (!opening)
        return opening.error();
    const auto values = table_handle(**opening, name, value_table_flags, wanted);
    if (!values)
        return values.error();
    const auto notes = table_handle(**opening, notes_table, 0, wanted);
    if (!notes)
        return notes.error();
    auto key = bytes_of(format_note);
    auto value = bytes_of(format_version);
    if (const int code = wanted == access::write ? mdb_put(opening->get(), *notes, &key, &value, 0) : 0; code != 0)
        return lmdb_error(code);
    // The handles outlive a transaction that is committed, one that only reads too.
    if (const auto failure = commit(std::move(*opening)))
        return failure;

    // One reading transaction serves all reads; between two of them it is reset, and renewed by `moment`.
    auto reading = begin(env, access::read);
    if (!reading)
        return reading.error();
    mdb_txn_reset(reading->get());
    return disk_table(env, name, *values, *notes, std::move(*reading));
}

std::optional<std::string_view> disk_table::find(std::uint64_t key)
{
    const moment now(*reading_);
    auto wanted = number_bytes(key);
    MDB_val value{};
    if (!now || mdb_get(reading_.get(), values_, &wanted, &value) != 0)
        return std::nullopt;
    // What LMDB gives points into its map, and is valid only as long as the transaction: it is copied.
    const auto kept = checked_value(key, text_of(value));
    if (!kept)
        return std::nullopt;
    found_ = *kept;
    return found_;
}

std::optional<std::uint64_t> disk_table::next(std::uint64_t key)
{
    const moment now(*reading_);
    MDB_cursor* raw = nullptr;
    if (!now || mdb_cursor_open(reading_.get(), values_, &raw) != 0)
        return std::nullopt;
    const cursor_handle cursor(raw);
    auto wanted = number_bytes(key);
    MDB_val ignored{};
    // MDB_SET_RANGE: the first key that is not below the wanted one.
    if (mdb_cursor_get(raw, &wanted, &ignored, MDB_SET_RANGE) != 0 || wanted.mv_size != sizeof key)
        return std::nullopt;
    std::uint64_t found = 0;
    std::memcpy(&found, wanted.mv_data, sizeof found);
    return found;
}

std::uint64_t disk_table::size()
{
    const moment now(*reading_);
    MDB_stat facts{};
    return now && mdb_stat(reading_.get(), values_, &facts) == 0 ? facts.ms_entries : 0;
}

std::map<std::string, std::string, std::less<>> disk_table::notes()
{
    std::map<std::string, std::string, std::less<>> all;
    const moment now(*reading_);
    MDB_cursor* raw = nullptr;
    if (!now || mdb_cursor_open(reading_.get(), notes_, &raw) != 0)
        return all;
    const cursor_handle cursor(raw);
    // All notes of all tables share one table; those of this one begin with its name: "knowledge_base.generation".
    const auto prefix = note_prefix();
    auto key = bytes_of(prefix);
    MDB_val value{};
    int code = mdb_cursor_get(raw, &key, &value, MDB_SET_RANGE);
    for (; code == 0 && text_of(key).starts_with(prefix); code = mdb_cursor_get(raw, &key, &value, MDB_NEXT))
        all.emplace(text_of(key).substr(prefix.size()), text_of(value));
    return all;
}

error_code disk_table::write(const changes& wanted) const
{
    // A transaction: when anything fails, it is aborted by its handle and nothing has changed.
    auto writing = begin(*env_, access::write);
    if (!writing)
        return writing.error();
    auto* const transaction = writing->get();
    // First forget everything, where that was wanted.
    int code = wanted.clear ? mdb_drop(transaction, values_, 0) : 0;
    // Then the values, in ascending order; erasing what is not there is no failure.
    for (const auto& [number, value] : wanted.values)
    {
        auto key = number_bytes(number);
        if (code != 0)
            break;
        // A value is kept with its checksum in front; nothing in the place of a value means erased.
        if (value)
        {
            const auto kept = with_checksum(number, *value);
            auto bytes = bytes_of(kept);
            code = mdb_put(transaction, values_, &key, &bytes, 0);
        }
        else
        {
            code = mdb_del(transaction, values_, &key, nullptr);
            if (code == MDB_NOTFOUND)
                code = 0;
        }
    }
    // Notes last; they are few and small.
    for (const auto& [name, text] : wanted.notes)
    {
        const auto full_name = note_prefix() + name;
        auto key = bytes_of(full_name);
        auto bytes = bytes_of(text);
        if (code == 0)
            code = mdb_put(transaction, notes_, &key, &bytes, 0);
    }
    return code == 0 ? commit(std::move(*writing)) : lmdb_error(code);
}

}  // namespace qdc::store
