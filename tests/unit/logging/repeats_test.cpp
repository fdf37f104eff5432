#include "logging/repeats.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <vector>

using namespace qdc;
using namespace std::chrono_literals;

namespace
{

class recorder final : public log
{
public:
    std::vector<std::string> lines;

    bool enabled(log_level level) const override { return level > log_level::debug; }

    void write(log_record record) override { lines.push_back(record.origin + ": " + record.message); }
};

/// A log_repeats with a window of one minute over a recorder, at a time that the case sets.
struct stage
{
    recorder out;
    std::chrono::steady_clock::time_point time{};
    std::unique_ptr<logging::log_repeats> log = std::make_unique<logging::log_repeats>(
        out, [this] { return time; }, 60s
    );

    void say(std::string origin, std::string message, int times = 1, log_level level = log_level::warning) const
    {
        for (int i = 0; i < times; ++i)
            log->write({level, origin, message, {}});
    }
};

using lines = std::vector<std::string>;

}  // namespace

TEST_CASE("log repeats: the first is shown, the count comes before the next different record")
{
    stage s;
    s.say("A", "down", 4);
    CHECK(s.out.lines == lines{"A: down"});
    s.say("A", "up");
    CHECK(s.out.lines == lines{"A: down", "A: the last message of A was repeated 3 times", "A: up"});
}

TEST_CASE("log repeats: records that differ pass untouched")
{
    stage s;
    s.say("A", "1");
    s.say("A", "2");
    s.say("A", "1");
    CHECK(s.out.lines == lines{"A: 1", "A: 2", "A: 1"});
}

TEST_CASE("log repeats: another level is another record")
{
    stage s;
    s.say("A", "down");
    s.say("A", "down", 1, log_level::error);
    CHECK(s.out.lines == lines{"A: down", "A: down"});
}

TEST_CASE("log repeats: origins that fail side by side do not disturb each other")
{
    stage s;
    for (int i = 0; i < 3; ++i)
    {
        s.say("A", "down");
        s.say("B", "down");
    }
    CHECK(s.out.lines == lines{"A: down", "B: down"});
    s.say("A", "up");
    CHECK(s.out.lines.back() == "A: up");
    CHECK(s.out.lines.size() == 4);
    CHECK(s.out.lines[2] == "A: the last message of A was repeated 2 times");
}

TEST_CASE("log repeats: after the window a repeat is shown again, behind its count")
{
    stage s;
    s.say("A", "down", 2);
    s.time += 59s;
    s.say("A", "down");
    CHECK(s.out.lines == lines{"A: down"});
    s.time += 1s;
    s.say("A", "down", 2);
    CHECK(s.out.lines == lines{"A: down", "A: the last message of A was repeated 2 times", "A: down"});
}

TEST_CASE("log repeats: a repeat long after is just a record")
{
    stage s;
    s.say("A", "down");
    s.time += 60s;
    s.say("A", "down");
    CHECK(s.out.lines == lines{"A: down", "A: down"});
}

TEST_CASE("log repeats: sweep tells of a flood that has ended, once")
{
    stage s;
    s.say("A", "down", 2);
    s.log->sweep();
    CHECK(s.out.lines == lines{"A: down"});
    s.time += 60s;
    s.log->sweep();
    s.log->sweep();
    CHECK(s.out.lines == lines{"A: down", "A: the last message of A was repeated 1 time"});
}

TEST_CASE("log repeats: counts that are left are told at the end")
{
    stage s;
    s.say("A", "down", 3);
    s.log.reset();
    CHECK(s.out.lines == lines{"A: down", "A: the last message of A was repeated 2 times"});
}

TEST_CASE("log repeats: what the log behind does not want is not counted")
{
    stage s;
    CHECK_FALSE(s.log->enabled(log_level::debug));
    s.say("A", "detail", 5, log_level::debug);
    s.log.reset();
    CHECK(s.out.lines.empty());
}

TEST_CASE("log repeats: memory is bounded, and an origin that is forgotten still gets its count")
{
    stage s;
    s.say("A", "down", 2);
    for (int i = 0; i < 128; ++i)
        s.say("origin " + std::to_string(i), "m");
    CHECK(s.out.lines[128] == "A: the last message of A was repeated 1 time");
    s.say("A", "down");
    CHECK(s.out.lines.back() == "A: down");
}
