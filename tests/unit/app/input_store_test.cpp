#include "app/input_store.hpp"
#include "support/recording_log.hpp"
#include "support/run.hpp"
#include "unit/state/scratch.hpp"

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>

#include <fstream>

using namespace qdc;
namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace
{

asio::awaitable<void> open_twice(app::input_store& store, error_code& failure)
{
    failure = co_await store.open();
    const auto again = co_await store.open();
    CHECK(again == failure);
}

asio::awaitable<void> save_all(value_store& table)
{
    const auto generation = table.seal();
    const auto failure = co_await table.save(generation);
    CHECK_FALSE(failure);
}

/// The stores of one program.
struct program
{
    explicit program(const fs::path& folder) : stores(io.get_executor(), folder, records) {}

    error_code open()
    {
        error_code failure;
        test::run(io, open_twice(stores.of("qualys", "1"), failure));
        return failure;
    }

    void save(value_store& table) { test::run(io, save_all(table)); }

    asio::io_context io;
    test::recording_log records;
    app::store_book stores;
};

}  // namespace

TEST_CASE("input store: what is saved is there for the next program, and each input has its own")
{
    const test::scratch state;
    {
        program one(state.path());
        const auto table = one.stores.of("qualys", "1").table("host_list_detection");
        CHECK_FALSE(one.open());
        table->put(1, "x");
        one.save(*table);
    }
    program next(state.path());
    const auto table = next.stores.of("qualys", "1").table("host_list_detection");
    CHECK(table->size() == 0);  // it is not open yet
    CHECK_FALSE(next.open());
    CHECK(table->find(1) == std::string_view("x"));
    CHECK(table->generation() == 1);
    CHECK(state.names() == std::vector<std::string>{"store"});
    CHECK(fs::exists(state.path() / "store" / "qualys.1" / "data.mdb"));
    CHECK((fs::status(state.path() / "store").permissions() & fs::perms(077)) == fs::perms::none);
}

TEST_CASE("input store: without a table there is no file")
{
    const test::scratch state;
    program one(state.path());
    CHECK_FALSE(one.open());
    CHECK(state.names().empty());
}

TEST_CASE("input store: a table that a reload asks for comes to those that are open")
{
    const test::scratch state;
    program one(state.path());
    auto& store = one.stores.of("qualys", "1");
    const auto first = store.table("host_list_detection");
    CHECK_FALSE(one.open());
    first->put(1, "x");
    one.save(*first);
    const auto second = store.table("knowledge_base");
    CHECK(store.table("host_list_detection") == first);
    CHECK_FALSE(one.open());
    second->put(2, "y");
    one.save(*second);
    CHECK(first->find(1) == std::string_view("x"));
    CHECK_FALSE(first->find(2));
}

TEST_CASE("input store: a damaged one is set aside with a warning, and a new one begun")
{
    const test::scratch state;
    const auto folder = app::store_folder(state.path(), "qualys", "1");
    fs::create_directories(folder);
    std::ofstream(folder / "data.mdb") << std::string(100'000, 'x');
    program one(state.path());
    const auto table = one.stores.of("qualys", "1").table("knowledge_base");
    CHECK_FALSE(one.open());
    CHECK(one.records.count("could not be used") == 1);
    CHECK(one.records.count("data.mdb") == 0);
    CHECK(table->generation() == 0);
    CHECK(fs::exists(folder.string() + ".unusable"));
}

TEST_CASE("input store: a folder that cannot be made is an error that is named, and is tried again")
{
    const test::scratch state;
    state.write("store", "a file in its place");
    program one(state.path());
    one.stores.of("qualys", "1").table("knowledge_base");
    CHECK(one.open());
    CHECK(one.records.count("wait until it can be") == 2);
    fs::remove(state.path() / "store");
    CHECK_FALSE(one.open());
    CHECK(one.records.count("is open now") == 1);
}

TEST_CASE("input store: in memory alone it opens nothing and forgets everything")
{
    program one{fs::path()};
    const auto table = one.stores.of("qualys", "1").table("knowledge_base");
    CHECK_FALSE(one.open());
    table->put(1, "x");
    one.save(*table);
    CHECK(table->find(1) == std::string_view("x"));
}
