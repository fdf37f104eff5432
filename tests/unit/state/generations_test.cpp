#include "state/generations.hpp"

#include "state/failure.hpp"
#include "unit/state/scratch.hpp"
#include "unit/status/small_files.hpp"

#include <boost/system/errc.hpp>

#include <algorithm>
#include <csignal>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace qdc;
using state::encode;
using state::find;
using test::hosts;
using test::newest;
using test::previous;

namespace
{

const utc_time noon = std::chrono::sys_days(std::chrono::year(2024) / 1 / 10) + std::chrono::hours(12);

std::string text_of(int n)
{
    return "{\"n\":" + std::to_string(n) + "}";
}

std::string file_of(int n)
{
    return encode({static_cast<std::uint64_t>(n), "2024-01-10T12:00:00Z", text_of(n)});
}

void save(const test::scratch& dir, int n)
{
    const auto written = state::write(dir.path(), hosts, text_of(n), noon);
    REQUIRE(written.has_value());
}

/// "3" or "3 fallback" or "nothing" or the error.
std::string seen(const test::scratch& dir)
{
    const auto found = find(dir.path(), hosts);
    if (found.error)
        return found.error.message();
    if (!found.value)
        return found.problem.empty() ? "nothing" : "nothing, but a problem";
    CHECK(found.value->text == text_of(static_cast<int>(found.value->number)));
    return std::to_string(found.value->number) + (found.problem.empty() ? "" : " fallback");
}

}  // namespace

TEST_CASE("state: an empty directory holds nothing, and that is no error")
{
    const test::scratch dir;
    CHECK(seen(dir) == "nothing");
}

TEST_CASE("state: each save is a generation, and the one before is kept")
{
    const test::scratch dir;
    save(dir, 1);
    CHECK(seen(dir) == "1");
    save(dir, 2);
    save(dir, 3);
    CHECK(seen(dir) == "3");
    CHECK(dir.read(newest) == file_of(3));
    CHECK(dir.read(previous) == file_of(2));
    CHECK(dir.names() == std::vector{newest, previous});
}

TEST_CASE("state: files are for their owner alone")
{
    const test::scratch dir;
    save(dir, 1);
    save(dir, 2);
    for (const auto& name : dir.names())
    {
        struct stat about = {};
        REQUIRE(::stat((dir.path() / name).c_str(), &about) == 0);
        CHECK((about.st_mode & 07777) == 0600);
    }
}

TEST_CASE("state: keys do not touch each other")
{
    const test::scratch dir;
    save(dir, 1);
    const state_key other{"qualys", "123", "host_list"};
    REQUIRE(state::write(dir.path(), other, R"({"o":1})", noon).has_value());
    CHECK(seen(dir) == "1");
    CHECK(find(dir.path(), other).value->text == R"({"o":1})");
}

TEST_CASE("state: a power cut at any step of a save leaves the old or the new generation whole")
{
    const auto temporary = newest + ".tmp";
    const test::scratch dir;

    SUBCASE("while the temporary file was written")
    {
        dir.write(newest, file_of(2));
        dir.write(previous, file_of(1));
        dir.write(temporary, file_of(3).substr(0, 40));
    }
    SUBCASE("before the names were exchanged")
    {
        dir.write(newest, file_of(2));
        dir.write(previous, file_of(1));
        dir.write(temporary, file_of(3));
    }
    SUBCASE("after they were, when what was the newest has no name of its own yet")
    {
        dir.write(newest, file_of(2));
        dir.write(previous, file_of(0));
        dir.write(temporary, file_of(1));
    }
    CHECK(seen(dir) == "2");

    // The next save finds its way out of each of them, and leaves nothing behind.
    save(dir, 3);
    CHECK(seen(dir) == "3");
    CHECK(dir.read(previous) == file_of(2));
    CHECK(dir.names() == std::vector{newest, previous});
}

TEST_CASE("state: where names cannot be exchanged a cut between two renames leaves the previous generation")
{
    const test::scratch dir;
    dir.write(previous, file_of(2));
    dir.write(newest + ".tmp", file_of(3));
    CHECK(seen(dir) == "2 fallback");
    CHECK(find(dir.path(), hosts).problem == newest + ": it is missing; generation 2 of 2024-01-10T12:00:00Z is used");
}

TEST_CASE("state: a damaged newest generation falls back to the previous one, with the reason")
{
    const test::scratch dir;
    dir.write(previous, file_of(1));

    SUBCASE("empty")
    {
        dir.write(newest, "");
    }
    SUBCASE("cut short")
    {
        dir.write(newest, file_of(2).substr(0, 100));
    }
    SUBCASE("zeroes, as after a crash of some file systems")
    {
        dir.write(newest, std::string(180, '\0'));
    }
    SUBCASE("another state under its checksum")
    {
        auto file = file_of(2);
        file.replace(file.find("\"n\":2"), 5, "\"n\":9");
        dir.write(newest, file);
    }
    SUBCASE("a directory")
    {
        std::filesystem::create_directory(dir.path() / newest);
    }
    CHECK(seen(dir) == "1 fallback");
}

TEST_CASE("state: a damaged newest generation never takes the place of a good previous one")
{
    const test::scratch dir;
    dir.write(previous, file_of(1));
    dir.write(newest, "garbage");
    save(dir, 3);  // number 2 was the damaged one
    CHECK(seen(dir) == "3");
    CHECK(dir.read(previous) == file_of(1));
}

TEST_CASE("state: two damaged generations are an error that names both")
{
    const test::scratch dir;
    dir.write(newest, "garbage");
    dir.write(previous, "");
    const auto found = find(dir.path(), hosts);
    CHECK(found.error == errc::state_damaged);
    CHECK(found.problem == newest + ": it is not a JSON object; " + previous + ": it is empty");
}

TEST_CASE("state: a damaged first generation is as if there were none, with the reason")
{
    const test::scratch dir;
    dir.write(newest, "garbage");
    const auto found = find(dir.path(), hosts);
    CHECK_FALSE(found.error);
    CHECK_FALSE(found.value);
    CHECK(found.problem == newest + ": it is not a JSON object; there is none before it, so the service begins anew");
}

TEST_CASE("state: a newest generation that cannot be read keeps the system's reason")
{
    const test::scratch dir;
    std::filesystem::create_directory(dir.path() / newest);
    CHECK(find(dir.path(), hosts).error == boost::system::errc::is_a_directory);
}

TEST_CASE("state: a full disk leaves what was there and no temporary file")
{
    const test::scratch dir;
    save(dir, 1);
    save(dir, 2);
    const test::small_files full(100);
    const auto written = state::write(dir.path(), hosts, text_of(3), noon);
    REQUIRE(written.has_error());
    CHECK(written.error() == boost::system::errc::file_too_large);
    CHECK(seen(dir) == "2");
    CHECK(dir.read(previous) == file_of(1));
    CHECK(dir.names() == std::vector{newest, previous});
}

TEST_CASE("state: a name that cannot be taken leaves the previous generation and no temporary file")
{
    const test::scratch dir;
    dir.write(previous, file_of(1));
    std::filesystem::create_directory(dir.path() / newest);
    const auto written = state::write(dir.path(), hosts, text_of(2), noon);
    REQUIRE(written.has_error());
    CHECK(written.error() == boost::system::errc::is_a_directory);
    CHECK(seen(dir) == "1 fallback");
    CHECK(dir.names() == std::vector{newest, previous});
}

TEST_CASE("state: a state that is no object is not written")
{
    const test::scratch dir;
    const auto written = state::write(dir.path(), hosts, "[1]", noon);
    REQUIRE(written.has_error());
    CHECK(written.error() == state::failure::not_an_object);
    CHECK(dir.names().empty());
}

TEST_CASE("state: a writer killed at any moment leaves the last acknowledged generation or the one after it")
{
    for (int rounds = 1; rounds <= 40; ++rounds)
    {
        const test::scratch dir;
        int acknowledged[2];
        REQUIRE(::pipe(acknowledged) == 0);
        const auto writer = ::fork();
        REQUIRE(writer >= 0);
        if (writer == 0)
        {
            for (int n = 1;; ++n)
                if (!state::write(dir.path(), hosts, text_of(n), noon) || ::write(acknowledged[1], "", 1) != 1)
                    ::_exit(1);
        }
        ::close(acknowledged[1]);
        char each = 0;
        std::uint64_t count = 0;
        while (count < static_cast<std::uint64_t>(rounds) && ::read(acknowledged[0], &each, 1) == 1)
            ++count;
        ::kill(writer, SIGKILL);
        ::waitpid(writer, nullptr, 0);
        while (::read(acknowledged[0], &each, 1) == 1)
            ++count;
        ::close(acknowledged[0]);

        const auto found = find(dir.path(), hosts);
        REQUIRE(found.value);
        CHECK(found.problem.empty());
        CHECK(found.value->number >= count);
        CHECK(found.value->number <= count + 1);
        CHECK(found.value->text == text_of(static_cast<int>(found.value->number)));
    }
}

TEST_CASE("state: at no instant of a save do both names mean one file, which one fault of the disk would take away")
{
    const test::scratch dir;
    save(dir, 1);
    const auto writer = ::fork();
    REQUIRE(writer >= 0);
    if (writer == 0)
    {
        for (int n = 2; n < 300; ++n)
            if (!state::write(dir.path(), hosts, text_of(n), noon))
                ::_exit(1);
        ::_exit(0);
    }
    const auto path = dir.path() / newest;
    int status = 0;
    nlink_t most_names = 0;
    while (::waitpid(writer, &status, WNOHANG) == 0)
    {
        struct stat about = {};
        REQUIRE(::stat(path.c_str(), &about) == 0);
        most_names = std::max(most_names, about.st_nlink);
    }
    CHECK(status == 0);
    CHECK(most_names == 1);
}

TEST_CASE("state: what is set aside is not found again, but can be brought back")
{
    const test::scratch dir;
    const auto aside = "qualys.00123.host_list.reset.json";
    save(dir, 1);
    save(dir, 2);
    REQUIRE(state::set_aside(dir.path(), hosts).has_value());
    CHECK(seen(dir) == "nothing");
    CHECK(dir.names() == std::vector<std::string>{aside});
    std::filesystem::rename(dir.path() / aside, dir.path() / newest);
    CHECK(seen(dir) == "2");
}

TEST_CASE("state: setting aside keeps the generation that was in use")
{
    const test::scratch dir;
    dir.write(newest, "garbage");
    dir.write(previous, file_of(1));
    REQUIRE(state::set_aside(dir.path(), hosts).has_value());
    CHECK(seen(dir) == "nothing");
    CHECK(dir.read("qualys.00123.host_list.reset.json") == file_of(1));
}

TEST_CASE("state: there is nothing to set aside in an empty directory")
{
    const test::scratch dir;
    CHECK(state::set_aside(dir.path(), hosts).error() == state::failure::no_such_state);
}
