#include "app/input_store.hpp"

#include "flow/other_thread.hpp"
#include "state/file_name.hpp"
#include "store/table_in_front.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace qdc::app
{

namespace asio = boost::asio;
namespace fs = std::filesystem;

/// A table that can be handed out before its store is open: nothing is in it until then.
class late_table final : public store::table_in_front
{
public:
    late_table() : table_in_front(store::make_memory_table()) {}

    bool is_open() const noexcept { return open_; }

    void open(std::unique_ptr<value_store> table)
    {
        inner_ = std::move(table);
        open_ = true;
    }

private:
    bool open_{false};
};

namespace
{

/// What came of opening.
struct opened_store
{
    store::opened_environment environment;  ///< without a value: it was open before
    std::vector<std::pair<std::string, std::unique_ptr<value_store>>> tables;
    error_code failure;
};

asio::awaitable<opened_store>
open_now(fs::path folder, store::environment* open_already, std::vector<std::string> names)
{
    opened_store made;
    // The environment is opened once for each input; a service that comes later only adds its table.
    if (open_already == nullptr)
    {
        auto opened = store::open_environment(folder);
        if (!opened)
        {
            made.failure = opened.error();
            co_return made;
        }
        made.environment = std::move(*opened);
        open_already = made.environment.value.get();
    }
    // Tables that did open are kept when one fails: the next try has only the others to open.
    for (auto& name : names)
    {
        auto table = open_already->open_table(name);
        if (!table)
        {
            made.failure = table.error();
            break;
        }
        made.tables.emplace_back(std::move(name), std::move(*table));
    }
    co_return made;
}

}  // namespace

input_store::input_store(asio::any_io_executor ex, fs::path folder, log_origin log)
    : folder_(std::move(folder)),
      log_(std::move(log)),
      opened_(std::move(ex))
{
}

input_store::~input_store() = default;

std::shared_ptr<value_store> input_store::table(const std::string& name)
{
    auto& table = tables_[name];
    // Handed out before anything is open, so that services can be made without touching the disk.
    if (table == nullptr)
        table = std::make_shared<late_table>();
    return table;
}

bool input_store::is_open() const
{
    return folder_.empty() || std::ranges::all_of(tables_, [](const auto& each) { return each.second->is_open(); });
}

asio::awaitable<error_code> input_store::open()
{
    // One service after the other: the first one opens, or fails, for all that wait for it.
    const bool waited = opening_;
    while (opening_)
        co_await opened_.wait();
    if (is_open())
        co_return error_code();
    if (waited && failure_)
        co_return failure_;

    opening_ = true;
    // Only what was asked for and is not open yet.
    std::vector<std::string> names;
    for (const auto& [name, table] : tables_)
        if (!table->is_open())
            names.push_back(name);
    auto job = open_now(folder_, environment_.get(), std::move(names));
    // Reading what stands on disk may take seconds: a thread of its own does it, and the loop goes on.
    asio::thread_pool opener(1);
    auto made = co_await asio::co_spawn(opener, std::move(job), to_the_end());

    // Back on the loop: from here on each table in front passes on to the real one.
    if (made.environment.value)
        environment_ = std::move(made.environment.value);
    for (auto& [name, table] : made.tables)
        tables_[name]->open(std::move(table));
    const auto failed_before = std::exchange(failure_, made.failure);
    opening_ = false;
    opened_.notify_all();
    // What is logged: the end of a failure, a damaged store that was replaced, and a failure.
    const auto now = std::chrono::steady_clock::now();
    if (!failed_before)
        failing_since_ = now;
    if (failed_before && !made.failure)
        log_.info(fmt::format(
            "The store {} is open now, after {:.0f} s: the services that need it start",
            folder_.string(),
            std::chrono::duration<double>(now - failing_since_).count()
        ));
    if (!made.environment.set_aside.empty())
        log_.warning(
            trouble_id::store_damaged,
            fmt::format(
                "The store {} could not be used: {}. A new one is begun: the KnowledgeBase is fetched again, "
                "findings count as new again; nothing else is touched",
                folder_.string(),
                made.environment.set_aside
            )
        );
    if (made.failure)
        log_.error(
            trouble_id::store_unusable,
            fmt::format(
                "The store {} cannot be opened: {}. The services that need it wait until it can be; the others go on",
                folder_.string(),
                made.failure.message()
            )
        );
    co_return made.failure;
}

store_book::store_book(asio::any_io_executor ex, fs::path folder, log& out)
    : ex_(std::move(ex)),
      folder_(std::move(folder)),
      log_(out)
{
}

input_store& store_book::of(const std::string& input, const std::string& id)
{
    const auto folder = folder_.empty() ? fs::path() : store_folder(folder_, input, id);
    const log_origin log(log_, "InputProcess::Store(" + input + ',' + id + ')', {{"input", input}});
    return stores_.try_emplace({input, id}, ex_, folder, log).first->second;
}

fs::path store_folder(const fs::path& state_directory, const std::string& input, const std::string& id)
{
    return state_directory / "store" / state::folder_name(input, id);
}

}  // namespace qdc::app
