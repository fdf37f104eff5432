#include "state/base_file.hpp"

#include "state/generations.hpp"
#include "state/inspect.hpp"
#include "unit/state/scratch.hpp"

#include <csignal>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace qdc;
using state::base_files;
using state::find;
using test::hosts;
using test::newest;
using test::previous;

namespace
{

const utc_time noon = std::chrono::sys_days(std::chrono::year(2024) / 1 / 10) + std::chrono::hours(12);

std::string base_name(int number)
{
    return "qualys.00123.host_list.base" + std::to_string(number) + ".json";
}

/// A base of about that size; bases of different `kind` differ.
std::string base_of(std::size_t size, int kind)
{
    return R"({"kind":)" + std::to_string(kind) + R"(,"brace":"}\"{","list":[{"a":[1]}],"text":")" +
           std::string(size, 'x') + "\"}";
}

std::string state_of(const std::string& base, int n)
{
    return R"({"base":)" + base + R"(,"n":)" + std::to_string(n) + '}';
}

void save(const test::scratch& dir, base_files& bases, const std::string& text)
{
    const auto written = state::write(dir.path(), hosts, text, noon, std::nullopt, bases);
    REQUIRE_MESSAGE(written.has_value(), written.error().message());
}

/// The text that is found, with " fallback" behind it where it is not the newest.
std::string seen(const test::scratch& dir)
{
    const auto found = find(dir.path(), hosts);
    if (!found.value)
        return "nothing: " + found.problem;
    return found.value->text + (found.problem.empty() ? "" : " fallback");
}

/// Which base files are there and which file each name stands for now: what was written again is another one.
std::vector<ino_t> base_inodes(const test::scratch& dir)
{
    std::vector<ino_t> all;
    for (int number = 1; number <= 3; ++number)
    {
        struct stat facts = {};
        const auto path = dir.path() / base_name(number);
        all.push_back(::stat(path.c_str(), &facts) == 0 ? facts.st_ino : 0);
    }
    return all;
}

}  // namespace

TEST_CASE("base file: a save writes what stands behind the base, however large that is")
{
    for (const std::size_t size : {100u, 1'000'000u})
    {
        const test::scratch dir;
        base_files bases;
        const auto base = base_of(size, 1);
        save(dir, bases, state_of(base, 1));
        save(dir, bases, state_of(base, 2));
        const auto files = base_inodes(dir);
        for (int n = 3; n < 20; ++n)
        {
            save(dir, bases, state_of(base, n));
            CHECK(dir.read(newest).size() < 400);
            CHECK(dir.read(previous).size() < 400);
            CHECK(seen(dir) == state_of(base, n));
        }
        CHECK(base_inodes(dir) == files);
    }
}

TEST_CASE("base file: the two generations have a base file each, so damage in one leaves the other")
{
    const test::scratch dir;
    base_files bases;
    const auto base = base_of(200, 1);
    for (int n = 1; n <= 5; ++n)
        save(dir, bases, state_of(base, n));
    const auto used = state::decode(dir.read(newest)).value->base->file;
    const auto damaged = base_name(static_cast<int>(used) + 1);

    SUBCASE("it is gone")
    {
        std::filesystem::remove(dir.path() / damaged);
    }
    SUBCASE("a byte of it is another one")
    {
        auto content = dir.read(damaged);
        content[content.size() / 2] ^= 1;
        dir.write(damaged, content);
    }
    SUBCASE("it is cut")
    {
        dir.write(damaged, dir.read(damaged).substr(0, 50));
    }
    SUBCASE("it is empty")
    {
        dir.write(damaged, "");
    }
    CHECK(seen(dir) == state_of(base, 4) + " fallback");
    CHECK(find(dir.path(), hosts).problem.find("its base " + damaged) != std::string::npos);

    // The writer sees it as well: the good generation stays the previous one, and keeps a base file of its own.
    save(dir, bases, state_of(base, 6));
    CHECK(seen(dir) == state_of(base, 6));
    CHECK(state::decode(dir.read(newest)).value->base->file != state::decode(dir.read(previous)).value->base->file);
    dir.write(newest, "garbage");
    CHECK(seen(dir) == state_of(base, 4) + " fallback");
}

TEST_CASE("base file: a new base takes the place of none that a generation uses")
{
    const test::scratch dir;
    base_files bases;
    for (int n = 1; n <= 12; ++n)
    {
        save(dir, bases, state_of(base_of(100, n / 3), n));
        CHECK(seen(dir) == state_of(base_of(100, n / 3), n));
        if (n == 1)
            continue;
        const auto kept = dir.read(newest);
        dir.write(newest, "garbage");
        CHECK(seen(dir) == state_of(base_of(100, (n - 1) / 3), n - 1) + " fallback");
        dir.write(newest, kept);
    }
}

TEST_CASE("base file: a writer that knows nothing of the files finds its way")
{
    const test::scratch dir;
    for (int n = 1; n <= 6; ++n)
    {
        base_files bases;
        save(dir, bases, state_of(base_of(100, 1), n));
        CHECK(seen(dir) == state_of(base_of(100, 1), n));
    }
    CHECK(find(dir.path(), hosts).value->number == 6);
}

TEST_CASE("base file: a directory that was emptied meanwhile gets its base again")
{
    const test::scratch dir;
    base_files bases;
    for (int n = 1; n <= 3; ++n)
        save(dir, bases, state_of(base_of(100, 1), n));
    for (const auto& name : dir.names())
        std::filesystem::remove(dir.path() / name);
    save(dir, bases, state_of(base_of(100, 1), 4));
    CHECK(seen(dir) == state_of(base_of(100, 1), 4));
}

TEST_CASE("base file: a state without a base follows one with it, and then the base files go")
{
    const test::scratch dir;
    base_files bases;
    save(dir, bases, R"({"n":1})");
    save(dir, bases, state_of(base_of(100, 1), 2));
    save(dir, bases, state_of(base_of(100, 1), 3));
    save(dir, bases, R"({"n":4})");
    CHECK(seen(dir) == R"({"n":4})");
    dir.write(newest, "garbage");
    CHECK(seen(dir) == state_of(base_of(100, 1), 3) + " fallback");
    save(dir, bases, R"({"n":5})");
    save(dir, bases, R"({"n":6})");
    save(dir, bases, R"({"n":7})");
    CHECK(dir.names() == std::vector{newest, previous});
}

TEST_CASE("base file: a state laid out for reading, with nothing behind its base, is compact when it is read")
{
    const test::scratch dir;
    base_files bases;
    save(dir, bases, "{ \"base\" : { \"a\" : 1.50 } }");
    CHECK(seen(dir) == R"({"base":{"a":1.50}})");
    save(dir, bases, R"({"base":{"a":1.50}})");
    CHECK(seen(dir) == R"({"base":{"a":1.50}})");
    save(dir, bases, R"({"base":{"a":1.50},"b":2})");
    CHECK(seen(dir) == R"({"base":{"a":1.50},"b":2})");
}

TEST_CASE("base file: a base that is no object is a member like others")
{
    const test::scratch dir;
    base_files bases;
    save(dir, bases, R"({"base":[1],"b":2})");
    CHECK(seen(dir) == R"({"base":[1],"b":2})");
    CHECK(dir.names() == std::vector{newest});
}

TEST_CASE("base file: what stands behind the base has to be members of an object")
{
    const test::scratch dir;
    base_files bases;
    const auto base = base_of(100, 1);
    save(dir, bases, state_of(base, 1));
    for (const std::string& text :
         {R"({"base":)" + base,
          R"({"base":)" + base + '1',
          R"({"base":)" + base + "]",
          R"({"base":)" + base + ",}",
          R"({"base":)" + base + "\"n\":1}",
          R"({"base":)" + base + ",\"n\":}",
          R"({"base":)" + base + "}}"})
    {
        CAPTURE(text);
        CHECK_FALSE(state::write(dir.path(), hosts, text, noon, std::nullopt, bases));
        CHECK(seen(dir) == state_of(base, 1));
    }
}

TEST_CASE("base file: what is set aside is one file, and brings the complete state back")
{
    const test::scratch dir;
    base_files bases;
    save(dir, bases, state_of(base_of(100, 1), 1));
    save(dir, bases, state_of(base_of(100, 1), 2));
    const std::string aside = "qualys.00123.host_list.reset.json";
    REQUIRE(state::set_aside(dir.path(), hosts).has_value());
    CHECK(dir.names() == std::vector{aside});
    std::filesystem::rename(dir.path() / aside, dir.path() / newest);
    CHECK(seen(dir) == state_of(base_of(100, 1), 2));
    CHECK(find(dir.path(), hosts).value->number == 2);
}

TEST_CASE("base file: a list of the states shows the complete one, once")
{
    const test::scratch dir;
    base_files bases;
    save(dir, bases, state_of(base_of(100, 1), 1));
    const auto entries = state::list(dir.path());
    REQUIRE(entries.has_value());
    REQUIRE(entries->size() == 1);
    CHECK(entries->front().text == state_of(base_of(100, 1), 1));
}

TEST_CASE("base file: a writer killed at any moment leaves a complete state, the last acknowledged or the one after it")
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
            base_files bases;
            for (int n = 1;; ++n)
                if (!state::write(dir.path(), hosts, state_of(base_of(100, n / 3), n), noon, std::nullopt, bases) ||
                    ::write(acknowledged[1], "", 1) != 1)
                    ::_exit(1);
        }
        ::close(acknowledged[1]);
        char each = 0;
        int count = 0;
        while (count < rounds && ::read(acknowledged[0], &each, 1) == 1)
            ++count;
        ::kill(writer, SIGKILL);
        ::waitpid(writer, nullptr, 0);
        while (::read(acknowledged[0], &each, 1) == 1)
            ++count;
        ::close(acknowledged[0]);

        const auto found = find(dir.path(), hosts);
        REQUIRE(found.value);
        CHECK(found.problem.empty());
        const auto number = static_cast<int>(found.value->number);
        CHECK(number >= count);
        CHECK(number <= count + 1);
        CHECK(found.value->text == state_of(base_of(100, number / 3), number));
    }
}
