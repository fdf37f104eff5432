#include "store/lmdb.hpp"

#include "base/fingerprint.hpp"

#include <cerrno>
#include <cstdint>
#include <cstring>

#include <sys/stat.h>

namespace qdc::store
{
namespace
{

/// LMDB's own codes, which are negative, with its own words.
class category final : public boost::system::error_category
{
public:
    const char* name() const noexcept override { return "lmdb"; }

    std::string message(int code) const override { return mdb_strerror(code); }
};

// One for each table of an input, and one for the notes.
constexpr MDB_dbi most_tables = 8;
// Address space, not memory and not disk: the file grows as it is filled.
constexpr std::size_t largest_map = std::size_t{32} << 30;
constexpr std::size_t smallest_map = std::size_t{1} << 28;

/// A file that was cut would end the process at the first access behind its end.
bool is_cut(MDB_env& env)
{
    // From the file's own books: the number of the last page that was ever used, and the size of a page.
    MDB_envinfo info{};
    MDB_stat pages{};

    struct stat file
    {
    };

    int descriptor = -1;
    if (mdb_env_info(&env, &info) != 0 || mdb_env_stat(&env, &pages) != 0 || mdb_env_get_fd(&env, &descriptor) != 0 ||
        ::fstat(descriptor, &file) != 0)
        return true;
    if (info.me_last_txnid == 0)
        return false;  // nothing was ever written
    return static_cast<std::uint64_t>(file.st_size) < (info.me_last_pgno + 1) * std::uint64_t{pages.ms_psize};
}

}  // namespace

const boost::system::error_category& lmdb_category() noexcept
{
    static const category instance;
    return instance;
}

error_code lmdb_error(int code) noexcept
{
    if (code >= 0)
        return {code, boost::system::system_category()};
    return {code, lmdb_category()};
}

result<environment_handle> open_handle(const std::filesystem::path& folder, access wanted)
{
    // MDB_NOTLS: the transaction that reads belongs to the loop, whatever thread that is. MDB_NORDAHEAD: keys are
    // random.
    const unsigned flags = MDB_NOTLS | MDB_NORDAHEAD | (wanted == access::read ? MDB_RDONLY : 0u);
    int code = 0;
    // Where the address space is limited (ulimit -v), a smaller map is better than none.
    for (auto size = largest_map; size >= smallest_map; size /= 2)
    {
        MDB_env* raw = nullptr;
        code = mdb_env_create(&raw);
        if (code != 0)
            return lmdb_error(code);
        environment_handle env(raw);
        mdb_env_set_maxdbs(raw, most_tables);
        mdb_env_set_mapsize(raw, size);
        code = mdb_env_open(raw, folder.c_str(), flags, 0600);
        if (code == 0 && is_cut(*raw))
            return lmdb_error(MDB_CORRUPTED);
        if (code == 0)
            return env;
        // Anything but a lack of address space will not get better with a smaller map.
        if (code != ENOMEM)
            break;
    }
    return lmdb_error(code);
}

result<transaction_handle> begin(MDB_env& env, access wanted)
{
    MDB_txn* raw = nullptr;
    const int code = mdb_txn_begin(&env, nullptr, wanted == access::read ? MDB_RDONLY : 0u, &raw);
    if (code != 0)
        return lmdb_error(code);
    return transaction_handle(raw);
}

error_code commit(transaction_handle transaction)
{
    // The transaction is freed also by a commit that fails: the handle lets go of it first.
    const int code = mdb_txn_commit(transaction.release());
    return code == 0 ? error_code() : lmdb_error(code);
}

result<MDB_dbi> table_handle(MDB_txn& transaction, const std::string& name, unsigned flags, access wanted)
{
    MDB_dbi table = 0;
    const int code =
        mdb_dbi_open(&transaction, name.c_str(), flags | (wanted == access::write ? MDB_CREATE : 0u), &table);
    if (code != 0)
        return lmdb_error(code);
    return table;
}

std::string with_checksum(std::uint64_t key, std::string_view value)
{
    // Seeded with the key: a value that stands under another key does not fit either.
    const auto sum = fingerprint(value, key);
    std::string kept(sizeof sum, '\0');
    std::memcpy(kept.data(), &sum, sizeof sum);
    kept += value;
    return kept;
}

std::optional<std::string_view> checked_value(std::uint64_t key, std::string_view kept)
{
    std::uint64_t sum = 0;
    if (kept.size() < sizeof sum)
        return std::nullopt;
    std::memcpy(&sum, kept.data(), sizeof sum);
    const auto value = kept.substr(sizeof sum);
    return sum == fingerprint(value, key) ? std::optional(value) : std::nullopt;
}

}  // namespace qdc::store
