#include "store/environment.hpp"
#include "support/run.hpp"
#include "unit/state/scratch.hpp"

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>

#include <map>
#include <random>
#include <string>
#include <vector>

using namespace qdc;
namespace asio = boost::asio;

namespace
{

using store::environment;

std::unique_ptr<environment> open(const test::scratch& folder)
{
    auto opened = store::open_environment(folder.path() / "store");
    REQUIRE(opened.has_value());
    CHECK(opened->set_aside.empty());
    return std::move(opened->value);
}

std::unique_ptr<value_store> table_in(environment& in)
{
    auto table = in.open_table("findings");
    REQUIRE(table.has_value());
    return std::move(*table);
}

asio::awaitable<void> save_all(value_store& table)
{
    const auto generation = table.seal();
    const auto failure = co_await table.save(generation);
    CHECK_FALSE(failure);
}

void save(value_store& table)
{
    asio::io_context io;
    test::run(io, save_all(table));
}

asio::awaitable<void> save_first(value_store& table, std::uint64_t generation)
{
    const auto failure = co_await table.save(generation);
    CHECK_FALSE(failure);
}

std::string value_of(value_store& table, std::uint64_t key)
{
    const auto found = table.find(key);
    return found ? std::string(*found) : "none";
}

std::vector<std::uint64_t> keys_of(value_store& table)
{
    std::vector<std::uint64_t> keys;
    for (auto key = table.next(0); key; key = table.next(*key + 1))
        keys.push_back(*key);
    return keys;
}

}  // namespace

TEST_CASE("store table: what is put is there at once, and after a save and a restart")
{
    const test::scratch folder;
    {
        const auto env = open(folder);
        const auto table = table_in(*env);
        table->put(7, "seven");
        table->put(300, "three hundred");
        CHECK(value_of(*table, 7) == "seven");
        CHECK(value_of(*table, 8) == "none");
        save(*table);
        CHECK(value_of(*table, 7) == "seven");
    }
    const auto env = open(folder);
    const auto table = table_in(*env);
    CHECK(value_of(*table, 7) == "seven");
    CHECK(keys_of(*table) == std::vector<std::uint64_t>{7, 300});
    CHECK(table->size() == 2);
}

TEST_CASE("store table: what was not saved is gone after a restart, whatever else was")
{
    const test::scratch folder;
    {
        const auto env = open(folder);
        const auto table = table_in(*env);
        table->put(1, "confirmed");
        const auto first = table->seal();
        table->put(1, "not confirmed");
        table->put(2, "not confirmed");
        asio::io_context io;
        test::run(io, save_first(*table, first));
        CHECK(value_of(*table, 2) == "not confirmed");
    }
    const auto env = open(folder);
    const auto table = table_in(*env);
    CHECK(value_of(*table, 2) == "none");
    CHECK(value_of(*table, 1) == "confirmed");  // although it was written again before that was saved
}

TEST_CASE("store table: what is erased is stepped over, in memory and on disk")
{
    const test::scratch folder;
    const auto env = open(folder);
    const auto table = table_in(*env);
    for (const std::uint64_t key : {1u, 2u, 3u, 4u})
        table->put(key, "x");
    save(*table);
    table->erase(2);
    table->erase(3);
    table->erase(99);
    CHECK(keys_of(*table) == std::vector<std::uint64_t>{1, 4});
    CHECK(table->size() == 2);
    save(*table);
    CHECK(keys_of(*table) == std::vector<std::uint64_t>{1, 4});
    table->erase(4);
    table->erase(1);
    CHECK(keys_of(*table).empty());
}

TEST_CASE("store table: keys beside the largest and the smallest number")
{
    const test::scratch folder;
    const auto env = open(folder);
    const auto table = table_in(*env);
    table->put(0, "first");
    table->put(~std::uint64_t{0}, "last");
    save(*table);
    CHECK(table->next(1) == ~std::uint64_t{0});
    table->erase(~std::uint64_t{0});
    CHECK_FALSE(table->next(1));
}

TEST_CASE("store table: an empty value is a value")
{
    const test::scratch folder;
    const auto env = open(folder);
    const auto table = table_in(*env);
    table->put(5, "");
    save(*table);
    CHECK(table->find(5) == std::string_view());
}

TEST_CASE("store table: notes are durable with the next save, and each table has its own")
{
    const test::scratch folder;
    {
        const auto env = open(folder);
        const auto one = table_in(*env);
        auto other = env->open_table("knowledge_base");
        REQUIRE(other.has_value());
        one->set_note("members", "TITLE,CVE_LIST");
        (*other)->set_note("members", "SEVERITY_LEVEL");
        save(*one);
        save(**other);
    }
    const auto env = open(folder);
    const auto table = table_in(*env);
    CHECK(table->note("members") == "TITLE,CVE_LIST");
    CHECK(table->note("nothing").empty());
}

TEST_CASE("store table: clearing forgets values and notes, and what is put afterwards stays")
{
    const test::scratch folder;
    {
        const auto env = open(folder);
        const auto table = table_in(*env);
        table->put(1, "old");
        table->put(2, "old");
        table->set_note("members", "TITLE");
        save(*table);
        table->clear();
        table->put(2, "new");
        CHECK(keys_of(*table) == std::vector<std::uint64_t>{2});
        CHECK(table->note("members").empty());
        save(*table);
    }
    const auto env = open(folder);
    const auto table = table_in(*env);
    CHECK(keys_of(*table) == std::vector<std::uint64_t>{2});
    CHECK(value_of(*table, 2) == "new");
    CHECK(table->note("members").empty());
}

TEST_CASE("store table: bytes that wait are counted until they are saved")
{
    const test::scratch folder;
    const auto env = open(folder);
    const auto table = table_in(*env);
    table->put(1, "12345");
    table->put(1, "123");
    CHECK(table->waiting_bytes() == 3);
    save(*table);
    CHECK(table->waiting_bytes() == 0);
}

TEST_CASE("store table: a random history equals a plain map, also when it is saved and opened again at random")
{
    std::minstd_rand random(20261127);
    const test::scratch folder;
    std::map<std::uint64_t, std::string> model;
    for (int round = 0; round < 12; ++round)
    {
        const auto env = open(folder);
        const auto table = table_in(*env);
        for (int step = 0; step < 200; ++step)
        {
            const std::uint64_t key = random() % 64;
            if (random() % 3 == 0)
            {
                table->erase(key);
                model.erase(key);
            }
            else
            {
                const auto value = std::to_string(random());
                table->put(key, value);
                model[key] = value;
            }
            if (random() % 50 == 0)
                save(*table);
        }
        CHECK(table->size() == model.size());
        std::vector<std::uint64_t> wanted;
        for (const auto& [key, value] : model)
        {
            wanted.push_back(key);
            CHECK(value_of(*table, key) == value);
        }
        CHECK(keys_of(*table) == wanted);
        save(*table);
    }
}

TEST_CASE("store table: one in memory keeps everything while the program runs")
{
    const auto table = store::make_memory_table();
    table->put(1, "a");
    table->put(2, "b");
    save(*table);
    table->erase(1);
    save(*table);
    CHECK(keys_of(*table) == std::vector<std::uint64_t>{2});
    table->clear();
    CHECK(table->size() == 0);
    CHECK_FALSE(table->find(2));
}

TEST_CASE("store table: generations grow with what is put, and go on after a restart behind the last that was saved")
{
    const test::scratch folder;
    {
        const auto env = open(folder);
        const auto table = table_in(*env);
        CHECK(table->generation() == 0);
        CHECK(table->seal() == 0);  // nothing was put
        table->put(1, "x");
        CHECK(table->generation() == 1);
        CHECK(table->seal() == 1);
        CHECK(table->seal() == 1);
        table->set_note("members", "TITLE");
        CHECK(table->seal() == 2);
        asio::io_context io;
        test::run(io, save_first(*table, 2));
        table->erase(1);
        CHECK(table->seal() == 3);  // not saved
    }
    const auto env = open(folder);
    const auto table = table_in(*env);
    CHECK(table->generation() == 2);
    table->put(2, "y");
    CHECK(table->seal() == 3);
    CHECK(value_of(*table, 1) == "x");
}

TEST_CASE("store table: rewinding forgets what was not saved, on disk and in memory alone")
{
    const test::scratch folder;
    const auto env = open(folder);
    for (const bool on_disk : {true, false})
    {
        CAPTURE(on_disk);
        const auto table = on_disk ? table_in(*env) : store::make_memory_table();
        table->put(1, "saved");
        table->put(2, "saved");
        save(*table);
        table->put(1, "later");
        table->seal();
        table->erase(2);
        table->put(3, "later");
        const auto before = table->generation();
        table->rewind();
        CHECK(keys_of(*table) == std::vector<std::uint64_t>{1, 2});
        CHECK(value_of(*table, 1) == "saved");
        CHECK(table->size() == 2);
        CHECK(table->waiting_bytes() == 0);
        table->put(1, "again");
        CHECK(table->seal() > before - 1);
        save(*table);
        CHECK(value_of(*table, 1) == "again");
    }
}

TEST_CASE("store table: a generation that a later clearing took values from is never said to be durable")
{
    const test::scratch folder;
    {
        const auto env = open(folder);
        const auto table = table_in(*env);
        table->put(1, "old");
        save(*table);
        table->put(2, "of the second generation");
        const auto second = table->seal();
        table->clear();
        table->put(3, "new");
        asio::io_context io;
        test::run(io, save_first(*table, second));
    }
    const auto env = open(folder);
    const auto table = table_in(*env);
    CHECK(table->generation() == 1);
    CHECK(keys_of(*table) == std::vector<std::uint64_t>{1});
}

TEST_CASE("store table: forgetting a table empties it and takes its generation back, and leaves the others")
{
    const test::scratch folder;
    {
        const auto env = open(folder);
        const auto table = table_in(*env);
        auto other = env->open_table("knowledge_base");
        REQUIRE(other.has_value());
        for (auto* const each : {table.get(), other->get()})
        {
            each->put(1, "x");
            each->set_note("members", "TITLE");
            save(*each);
        }
    }
    CHECK_FALSE(store::forget_table(folder.path() / "store", "findings"));
    CHECK_FALSE(store::forget_table(folder.path() / "missing", "findings"));
    const auto env = open(folder);
    const auto table = table_in(*env);
    CHECK(table->size() == 0);
    CHECK(table->generation() == 0);
    CHECK(table->note("members").empty());
    const auto facts = store::look_into(folder.path() / "store", "knowledge_base", "members", 1);
    REQUIRE(facts.has_value());
    CHECK(facts->generation == 1);
    CHECK(facts->note == "TITLE");
    CHECK(facts->value == "x");
}
