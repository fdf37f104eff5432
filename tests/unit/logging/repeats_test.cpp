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

    /// A warning with an id.
    void warn(std::string message, trouble_id id = trouble_id::connection, log_fields fields = {}) const
    {
        log->write({log_level::warning, "A", std::move(message), std::move(fields), id});
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

TEST_CASE("log repeats: a trouble that lasts is one also with other numbers, and is shown less and less often")
{
    stage s;
    s.warn("no answer, 1 event waits. Next try in 0.9 s");
    s.warn("no answer, 1 event waits. Next try in 12.1 s");
    CHECK(s.out.lines.size() == 1);
    s.warn("no answer, 1 event waits. Nothing is tried");
    CHECK(s.out.lines.size() == 2);
    s.out.lines.clear();
    // A try in each half minute, for half an hour.
    for (int half = 1; half <= 60; ++half)
    {
        s.time += 30s;
        s.warn("no answer, 1 event waits. Next try in 30 s");
        s.log->sweep();
    }
    REQUIRE(s.out.lines.size() == 7);
    CHECK(s.out.lines[0] == "A: no answer, 1 event waits. Next try in 30 s (and 2 more since the last such line)");
    CHECK(s.out.lines[1] == "A: no answer, 1 event waits. Next try in 30 s (and 3 more since the last such line)");
    CHECK(s.out.lines[6] == "A: no answer, 1 event waits. Next try in 30 s (and 9 more since the last such line)");
}

TEST_CASE("log repeats: a plural is no other trouble, a status and a code are")
{
    stage s;
    s.warn("1 event waits (1 byte)");
    s.warn("1 event waits (20 bytes)");
    s.warn("HTTP 503", trouble_id::unavailable, {{"http_status", std::uint64_t{503}}});
    s.warn("HTTP 500", trouble_id::unavailable, {{"http_status", std::uint64_t{500}}});
    CHECK(s.out.lines == lines{"A: 1 event waits (1 byte)", "A: HTTP 503", "A: HTTP 500"});
}

TEST_CASE("log repeats: a trouble between other lines of its origin is shown once in a minute")
{
    stage s;
    for (int second = 0; second <= 180; second += 10)
    {
        s.warn("cut, from host " + std::to_string(second));
        s.say("A", "works again, after " + std::to_string(second) + " s", 1, log_level::info);
        s.time += 10s;
    }
    std::erase_if(s.out.lines, [](const std::string& line) { return line.find("works") != std::string::npos; });
    CHECK(
        s.out.lines ==
        lines{
            "A: cut, from host 0",
            "A: cut, from host 60 (and 5 more since the last such line)",
            "A: cut, from host 120 (and 5 more since the last such line)",
            "A: cut, from host 180 (and 5 more since the last such line)"}
    );
}

TEST_CASE("log repeats: behind the line that it is over a trouble is new, but for that of a call to Qualys")
{
    stage s;
    const auto over = [&s] { s.log->write({log_level::info, "A", "again", {{"lasted_seconds", 1.0}}}); };
    s.warn("full 1", trouble_id::checkpoint_unsaved);
    s.warn("full 2", trouble_id::checkpoint_unsaved);
    s.warn("cut 1", trouble_id::cut);
    over();
    s.warn("full 3", trouble_id::checkpoint_unsaved);
    s.warn("cut 2", trouble_id::cut);
    CHECK(s.out.lines == lines{"A: full 1", "A: cut 1", "A: 1 more such line: full 1", "A: again", "A: full 3"});
}

TEST_CASE("log repeats: what comes again after two quiet minutes is new, and what was hidden is counted then")
{
    stage s;
    s.warn("down 1");
    s.warn("down 2");
    s.time += 119s;
    s.log->sweep();
    CHECK(s.out.lines.size() == 1);
    s.time += 1s;
    s.log->sweep();
    s.warn("down 3");
    CHECK(s.out.lines == lines{"A: down 1", "A: 1 more such line: down 1", "A: down 3"});
}

TEST_CASE("log repeats: what names something by its number is no repeat of another number")
{
    stage s;
    s.warn("host 1 is left out", trouble_id::quarantine);
    s.warn("host 2 is left out", trouble_id::quarantine);
    s.warn("version 5.0 is gone, 4.0 is used", trouble_id::retired);
    s.warn("version 4.0 is gone, 3.0 is used", trouble_id::retired);
    s.warn("config.yaml:3: unknown key", trouble_id::configuration);
    s.warn("config.yaml:4: unknown key", trouble_id::configuration);
    CHECK(s.out.lines.size() == 6);
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
