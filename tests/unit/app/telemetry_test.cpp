#include "app/telemetry.hpp"

#include "flow/task_group.hpp"
#include "support/fake_sink.hpp"
#include "support/manual_clock.hpp"
#include "support/recording_log.hpp"
#include "support/run.hpp"

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <string>

using namespace qdc;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace
{

/// Telemetry between a log and a sink, with a clock that stands still.
struct telling
{
    asio::io_context io;
    test::manual_clock time{io.get_executor(), utc_time{1704880028290ms}};
    test::fake_sink sink{io.get_executor()};
    test::recording_log records;
    app::telemetry events{records, [this] { return time.utc_now(); }};
    task_group group{io.get_executor()};

    void speak() { events.set_identity(devo::self_identity{"h", "1", "acme", "1.2.3", ""}); }

    void write(log_level level, const std::string& message) { events.write({level, "A::B", message, {}}); }

    bool sent(std::string_view part) const { return sink.text().find(part) != std::string::npos; }

    auto lines() const
    {
        const auto text = sink.text();
        return std::count(text.begin(), text.end(), '\n');
    }

    /// Runs the task for some seconds, one after the other.
    asio::awaitable<void> pass(int seconds)
    {
        group.spawn("telemetry", events.run(sink, time));
        for (; seconds > 0; --seconds)
        {
            co_await test::turn();
            time.advance(1s);
        }
        co_await test::turn();
        group.stop();
        co_await group.join();
    }
};

}  // namespace

TEST_CASE_FIXTURE(telling, "telemetry: every record goes on to the log; Devo gets those above debug, as one batch")
{
    speak();
    for (const auto level : {log_level::debug, log_level::info, log_level::warning, log_level::error})
        write(level, "m");
    test::run(io, pass(1));
    CHECK(records.records.size() == 4);
    CHECK(sink.batches.size() == 1);
    CHECK(lines() == 3);
    CHECK(sent("<14>2024-01-10 09:47:08.290 h devo.collectors.out.local.info: {\"msg\":\"m\""));
    CHECK(sent("devo.collectors.out.local.warning: "));
    CHECK(sent("devo.collectors.out.local.error: "));
}

TEST_CASE_FIXTURE(telling, "telemetry: its frames are not counted as events of a service")
{
    speak();
    write(log_level::info, "m");
    test::run(io, pass(1));
    CHECK(lines() == 1);
    CHECK(sink.events() == 0);
}

TEST_CASE_FIXTURE(telling, "telemetry: a quiet second sends nothing")
{
    speak();
    test::run(io, pass(3));
    CHECK(sink.batches.empty());
}

TEST_CASE_FIXTURE(telling, "telemetry: what was written before the name was known is sent with it")
{
    write(log_level::info, "early");
    test::run(io, events.flush(sink));
    CHECK(sink.batches.empty());
    speak();
    test::run(io, events.flush(sink));
    CHECK(sent("\"msg\":\"early\""));
    CHECK(sent("\"collector_name\":\"acme\""));
}

TEST_CASE_FIXTURE(telling, "telemetry: switched off it sends nothing, and nothing of that time later")
{
    write(log_level::info, "early");
    events.set_identity(std::nullopt);
    write(log_level::info, "off");
    events.report({"devo", 1, 2, {}});
    test::run(io, pass(2));
    CHECK(records.records.size() == 2);
    CHECK(sink.batches.empty());
    speak();
    write(log_level::info, "on");
    test::run(io, events.flush(sink));
    CHECK(lines() == 1);
    CHECK(sent("\"msg\":\"on\""));
}

TEST_CASE_FIXTURE(telling, "telemetry: while there is no room it waits, and what comes meanwhile follows in order")
{
    speak();
    sink.full = true;
    write(log_level::info, "one");
    test::run(io, pass(2));
    CHECK(sink.batches.empty());
    CHECK(records.records.size() == 1);
    write(log_level::info, "two");
    write(log_level::info, "three");
    sink.set_full(false);
    test::run(io, events.flush(sink));
    CHECK(sink.text().find("two") < sink.text().find("three"));
}

TEST_CASE_FIXTURE(telling, "telemetry: of more than a mebibyte the oldest records are dropped, and that is told")
{
    speak();
    const std::string kibibyte(1024, 'x');
    write(log_level::info, "the first");
    for (int i = 0; i < 1200; ++i)
        write(log_level::info, kibibyte);
    write(log_level::info, "the last");
    test::run(io, events.flush(sink));
    CHECK_FALSE(sent("the first"));
    CHECK(sent("the last"));
    CHECK(sink.text().size() < (2u << 20));
    const auto kept = lines() - 1;
    const auto dropped = 1202 - kept;
    CHECK(kept > 500);
    CHECK(sent(std::to_string(dropped) + " older records of the log are not here"));
}

TEST_CASE_FIXTURE(telling, "telemetry: a batch is small enough to find room beside those of the services")
{
    speak();
    for (int i = 0; i < 700; ++i)
        write(log_level::info, std::string(1024, 'x'));
    test::run(io, events.flush(sink));
    CHECK(sink.batches.size() > 5);
    for (const auto& one : sink.batches)
        CHECK(one.frames.size() < (128u << 10));
}

TEST_CASE_FIXTURE(telling, "telemetry: bytes that are no text are replaced")
{
    speak();
    write(log_level::error, "a\xff\nb");
    test::run(io, events.flush(sink));
    CHECK(sent("\"msg\":\"a\xEF\xBF\xBD\\nb\""));
}

TEST_CASE_FIXTURE(telling, "telemetry: the metric of sent messages is an event too")
{
    speak();
    events.report({"devo_1", 57, 4321, utc_time{5ms}});
    test::run(io, events.flush(sink));
    CHECK(sent("h devo.collector.metric.message_sent: {"));
    CHECK(sent("\"msg_sent\":{\"part_counter\":57,\"part_bytes\":4321,\"since_ts\":5},\"output_name\":\"devo_1\"}"));
}

TEST_CASE("telemetry: a configuration gives it its name, or switches it off")
{
    settings::collector from;
    from.hostname = "host";
    from.id = "00123";
    from.name = "acme";
    const auto who = app::self_of(from);
    REQUIRE(who);
    CHECK(who->host == "host");
    CHECK(who->collector_id == "00123");
    CHECK(who->collector_name == "acme");
    CHECK_FALSE(who->version.empty());
    from.internal_events = false;
    CHECK_FALSE(app::self_of(from));
}
