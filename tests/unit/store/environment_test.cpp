#include "store/environment.hpp"
#include "support/run.hpp"
#include "unit/state/scratch.hpp"

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

using namespace qdc;
namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace
{

asio::awaitable<void> save_all(value_store& table)
{
    const auto generation = table.seal();
    const auto failure = co_await table.save(generation);
    CHECK_FALSE(failure);
}

/// A folder with a store of many values.
struct site
{
    test::scratch scratch;
    fs::path folder = scratch.path() / "qualys.1";
    fs::path file = folder / "data.mdb";

    site()
    {
        auto opened = store::open_environment(folder);
        REQUIRE(opened.has_value());
        auto table = opened->value->open_table("findings");
        REQUIRE(table.has_value());
        for (std::uint64_t key = 1; key <= 500; ++key)
            (*table)->put(key, std::string(1000, static_cast<char>('a' + key % 26)));
        asio::io_context io;
        test::run(io, save_all(**table));
    }

    /// How many values there are now, and whether the old store was set aside.
    std::uint64_t open_again(bool expect_set_aside) const
    {
        auto opened = store::open_environment(folder);
        REQUIRE(opened.has_value());
        CAPTURE(opened->set_aside);
        CHECK(opened->set_aside.empty() != expect_set_aside);
        CHECK(fs::exists(folder.string() + ".unusable") == expect_set_aside);
        auto table = opened->value->open_table("findings");
        REQUIRE(table.has_value());
        return (*table)->size();
    }

    void overwrite(std::uintmax_t place, const std::string& bytes) const
    {
        std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
        out.seekp(static_cast<std::streamoff>(place));
        out << bytes;
    }
};

}  // namespace

TEST_CASE_FIXTURE(site, "store: a whole one is opened as it is")
{
    CHECK(open_again(false) == 500);
}

TEST_CASE_FIXTURE(site, "store: one that was cut is set aside and begun again")
{
    fs::resize_file(file, fs::file_size(file) / 2);
    CHECK(open_again(true) == 0);
}

TEST_CASE_FIXTURE(site, "store: an empty file is begun again")
{
    fs::resize_file(file, 0);
    CHECK(open_again(false) == 0);
}

TEST_CASE_FIXTURE(site, "store: a value that was changed on disk is seen")
{
    const auto size = fs::file_size(file);
    std::ifstream in(file, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    const auto place = bytes.rfind(std::string(500, 'c'));
    REQUIRE(place != std::string::npos);
    overwrite(place + 100, "?");
    CHECK(fs::file_size(file) == size);
    CHECK(open_again(true) == 0);
}

TEST_CASE_FIXTURE(site, "store: garbage in any of its pages never ends the process")
{
    const auto pages = fs::file_size(file) / 4096;
    const auto whole = scratch.path() / "whole";
    fs::copy_file(file, whole);
    for (std::uintmax_t page = 0; page < pages; page += 1 + pages / 24)
    {
        CAPTURE(page);
        fs::remove_all(folder.string() + ".unusable");
        fs::remove_all(folder);
        fs::create_directory(folder);
        fs::copy_file(whole, file);
        overwrite(page * 4096 + 16, std::string(2000, '\xee'));
        auto opened = store::open_environment(folder);
        REQUIRE(opened.has_value());
        auto table = opened->value->open_table("findings");
        REQUIRE(table.has_value());
        const auto values = (*table)->size();
        // A page that nobody uses any more, or one of the two meta pages, may be damaged without loss.
        CHECK(values == (opened->set_aside.empty() ? 500 : 0));
    }
}

TEST_CASE_FIXTURE(site, "store: something else in its place is set aside")
{
    std::ofstream(file, std::ios::trunc) << std::string(100'000, 'x');
    CHECK(open_again(true) == 0);
}

TEST_CASE_FIXTURE(site, "store: what the check had no time for is set aside when it cannot be opened")
{
    std::ofstream(file, std::ios::trunc) << std::string(100'000, 'x');
    const auto opened = store::open_environment(folder, std::chrono::milliseconds(0));
    REQUIRE(opened.has_value());
    CHECK(opened->set_aside.find("now " + folder.string() + ".unusable") != std::string::npos);
    CHECK(opened->value->open_table("findings").has_value());
}

TEST_CASE_FIXTURE(site, "store: at most one is kept aside")
{
    for (int times = 0; times < 3; ++times)
    {
        std::ofstream(file, std::ios::trunc) << std::string(100'000, 'x');
        CHECK(open_again(true) == 0);
    }
    CHECK(scratch.names() == std::vector<std::string>{"qualys.1", "qualys.1.unusable"});
}

TEST_CASE_FIXTURE(site, "store: a deleted one is begun again without a word")
{
    fs::remove_all(folder);
    CHECK(open_again(false) == 0);
}

TEST_CASE_FIXTURE(site, "store: a look from outside counts and changes nothing")
{
    const auto facts = store::look_into(folder, "findings", "members");
    REQUIRE(facts.has_value());
    CHECK(facts->entries == 500);
    CHECK(facts->note.empty());
    CHECK(facts->disk_bytes > 500'000);
    CHECK_FALSE(store::look_into(scratch.path() / "nowhere", "findings", "").has_value());
}

TEST_CASE_FIXTURE(site, "store: its folder is for its owner alone")
{
    CHECK((fs::status(folder).permissions() & fs::perms(077)) == fs::perms::none);
    CHECK((fs::status(file).permissions() & fs::perms(077)) == fs::perms::none);
}

TEST_CASE("store: a folder that cannot be made is an error, not a damaged store")
{
    const test::scratch scratch;
    scratch.write("file", "");
    const auto opened = store::open_environment(scratch.path() / "file" / "store");
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error() == boost::system::errc::not_a_directory);
}
