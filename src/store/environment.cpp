#include "store/environment.hpp"

#include "base/number.hpp"
#include "store/check.hpp"
#include "store/lmdb.hpp"
#include "store/table.hpp"

#include <boost/asio/thread_pool.hpp>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include <sys/stat.h>

namespace qdc::store
{
namespace
{

namespace fs = std::filesystem;

/// LMDB's file in the folder of an environment.
constexpr char data_file[] = "data.mdb";

/// An LMDB environment that is open for writing, with the thread on which its tables are saved.
class lmdb_environment final : public environment
{
public:
    lmdb_environment(fs::path folder, environment_handle env) : folder_(std::move(folder)), env_(std::move(env)) {}

    ~lmdb_environment() override
    {
        disk_.join();  // a save that was begun is finished before the map goes
    }

    lmdb_environment(const lmdb_environment&) = delete;
    lmdb_environment& operator=(const lmdb_environment&) = delete;

    result<std::unique_ptr<value_store>> open_table(const std::string& name) override
    {
        auto on_disk = disk_table::open(*env_, name, access::write);
        if (!on_disk)
            return on_disk.error();
        return std::unique_ptr<value_store>(std::make_unique<table>(std::move(*on_disk), &disk_));
    }

    error_code forget(const std::string& name) override
    {
        auto on_disk = disk_table::open(*env_, name, access::write);
        if (!on_disk)
            return on_disk.error();
        // The notes are emptied one by one: LMDB's table of notes is shared by all tables.
        changes nothing;
        nothing.clear = true;
        nothing.notes = on_disk->notes();
        for (auto& [note, text] : nothing.notes)
            text.clear();
        return on_disk->write(nothing);
    }

    std::uint64_t disk_bytes() const override
    {
        std::error_code ignored;
        const auto size = fs::file_size(folder_ / data_file, ignored);
        return ignored ? 0 : size;
    }

private:
    fs::path folder_;
    environment_handle env_;
    boost::asio::thread_pool disk_{1};
};

/// Makes the folder and its parent, for this user alone; directories above it as usual.
error_code make_folder(const fs::path& folder)
{
    std::error_code failure;
    const auto parent = folder.parent_path();
    fs::create_directories(parent.parent_path(), failure);
    if (failure)
        return failure;
    for (const auto& each : {parent, folder})
        if (::mkdir(each.c_str(), 0700) != 0 && errno != EEXIST)
            return lmdb_error(errno);
    return {};
}

/// Whether the store itself is at fault; anything else (no permission, no space) another store would meet as well.
bool is_unusable(const error_code& failure)
{
    return failure.category() == lmdb_category();
}

/// Renames the folder, in place of one that was set aside earlier: at most one is kept, so that damage cannot fill a
/// disk. Returns what it says about that; `reason`: what is wrong with it.
result<std::string> set_aside(const fs::path& folder, const error_code& reason)
{
    auto target = folder;
    target += ".unusable";
    std::error_code failure;
    // An earlier one that was set aside goes.
    fs::remove_all(target, failure);
    if (!failure)
        fs::rename(folder, target, failure);
    if (failure)
        return error_code(failure);
    return reason.message() + "; it is now " + target.string();
}

/// Whether another run left something behind: only that can be damaged; a file without a byte is one that was just
/// being made.
bool is_left_behind(const fs::path& folder)
{
    std::error_code ignored;
    const auto size = fs::file_size(folder / data_file, ignored);
    return !ignored && size != 0;
}

}  // namespace

result<opened_environment> open_environment(const fs::path& folder, std::chrono::milliseconds longest_check)
{
    opened_environment opened;
    auto failure = is_left_behind(folder) ? check(folder, longest_check) : error_code();
    // A store that is damaged is set aside once, and an empty one is opened in its place.
    for (;;)
    {
        // Not the store's own fault, or the empty one fails as well: that is for the caller to report.
        if (failure && (!is_unusable(failure) || !opened.set_aside.empty()))
            return failure;
        if (failure)
        {
            auto place = set_aside(folder, failure);
            if (!place)
                return place.error();
            opened.set_aside = std::move(*place);
        }
        // The folder is missing on the first start, and after a store was set aside.
        if (const auto unmade = make_folder(folder))
            return unmade;
        auto env = open_handle(folder, access::write);
        if (env)
        {
            opened.value = std::make_unique<lmdb_environment>(folder, std::move(*env));
            return opened;
        }
        // A check that came to no end has found nothing: what opening finds counts as much.
        failure = env.error();
    }
}

namespace
{

/// "": there is no such note.
std::string note_of(MDB_txn& reading, const std::string& table, const std::string& note)
{
    const auto notes = table_handle(reading, notes_table, 0, access::read);
    if (!notes)
        return {};
    const auto name = table + '.' + note;
    auto key = bytes_of(name);
    MDB_val value{};
    return mdb_get(&reading, *notes, &key, &value) == 0 ? std::string(text_of(value)) : std::string();
}

}  // namespace

result<store_facts>
look_into(const fs::path& folder, const std::string& table, const std::string& note, std::optional<std::uint64_t> key)
{
    store_facts facts;
    const auto env = open_handle(folder, access::read);
    if (!env)
        return env.error();
    // Everything is read in one transaction, so that the parts fit together while another process writes.
    const auto reading = begin(**env, access::read);
    if (!reading)
        return reading.error();
    const auto values = table_handle(**reading, table, value_table_flags, access::read);
    // A table that is not there yet has no entries.
    if (values)
    {
        MDB_stat counted{};
        mdb_stat(reading->get(), *values, &counted);
        facts.entries = counted.ms_entries;
    }
    // The value of the key that was asked for; damaged counts as none.
    MDB_val found{};
    if (MDB_val wanted{sizeof(std::uint64_t), key ? &*key : nullptr};
        values && key && mdb_get(reading->get(), *values, &wanted, &found) == 0)
        facts.value = checked_value(*key, text_of(found)).value_or("");
    facts.note = note_of(**reading, table, note);
    facts.generation = number_in<std::uint64_t>(note_of(**reading, table, generation_note)).value_or(0);
    std::error_code ignored;
    facts.disk_bytes = fs::file_size(folder / data_file, ignored);
    return facts;
}

namespace
{

/// A table that is only read, with what it is read from.
struct lent_table
{
    lent_table(environment_handle handle, disk_table on_disk)
        : env(std::move(handle)),
          values(std::move(on_disk), nullptr)
    {
    }

    environment_handle env;  ///< outlives the table
    table values;
};

}  // namespace

result<std::shared_ptr<keyed_values>> open_for_reading(const fs::path& folder, const std::string& name)
{
    if (const auto damage = check(folder, usual_check))
        return damage;
    auto env = open_handle(folder, access::read);
    if (!env)
        return env.error();
    auto on_disk = disk_table::open(**env, name, access::read);
    if (!on_disk)
        return on_disk.error();
    const auto lent = std::make_shared<lent_table>(std::move(*env), std::move(*on_disk));
    return std::shared_ptr<keyed_values>(lent, &lent->values);
}

error_code forget_table(const fs::path& folder, const std::string& table)
{
    // A store that was never made needs no emptying, and must not be made for it.
    std::error_code ignored;
    if (!fs::exists(folder / data_file, ignored))
        return {};
    const auto opened = open_environment(folder);
    if (!opened)
        return opened.error();
    return opened->value->forget(table);
}

std::unique_ptr<value_store> make_memory_table()
{
    return std::make_unique<table>(std::nullopt, nullptr);
}

std::unique_ptr<value_store> make_blank_table()
{
    auto blank = std::make_unique<table>(std::nullopt, nullptr);
    // Above any generation that a state can name.
    blank->begin_at(std::uint64_t{1} << 62);
    return blank;
}

}  // namespace qdc::store
