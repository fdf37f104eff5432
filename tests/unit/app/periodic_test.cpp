#include "app/periodic.hpp"

#include "flow/task_group.hpp"
#include "net/sender.hpp"
#include "support/fake_sink.hpp"
#include "support/manual_clock.hpp"
#include "support/recording_log.hpp"
#include "support/run.hpp"

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>

using namespace qdc;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace
{

struct periods
{
    asio::io_context io;
    test::manual_clock time{io.get_executor(), utc_time{1704880028290ms}};
    test::recording_log records;
    app::telemetry events{records, [this] { return time.utc_now(); }};
    task_group group{io.get_executor()};
    output_report report;

    asio::awaitable<void> pass(std::chrono::seconds span, int times)
    {
        for (; times > 0; --times)
        {
            co_await test::turn();
            time.advance(span);
        }
        co_await test::turn();
        group.stop();
        co_await group.join();
    }

    /// An output whose sender never ran.
    app::output_part output()
    {
        app::output_part made;
        made.name = "devo_1";
        made.box = std::make_unique<outbox>(io.get_executor(), time, 1 << 20);
        made.out = std::make_unique<net::sender>(
            io.get_executor(),
            *made.box,
            time,
            log_origin(records, "x"),
            net::sender_options{},
            report,
            [] { return 0.5; }
        );
        return made;
    }
};

}  // namespace

TEST_CASE_FIXTURE(periods, "sender statistics: the official lines in every period, and the metric with them")
{
    const auto out = output();
    app::sender_statistics statistics(out, 0, 60s, records, events, time);
    group.spawn("statistics", statistics.run());
    test::run(io, pass(60s, 2));
    CHECK(records.has(log_level::info, "DevoSender(standard_senders,devo_sender_0) -> Starting thread"));
    CHECK(records.has(log_level::info, "DevoSenderManager(standard_senders,manager,devo_1) -> Starting thread"));
    CHECK(records.has(
        log_level::info, "DevoSenderManagerMonitor(standard_senders,devo_1) -> Starting thread (every 60 seconds)"
    ));
    CHECK(records.count("Number of available senders: 1, sender manager internal queue size: 0") == 2);
    CHECK(records.has(
        log_level::info,
        "Standard - Total number of messages sent: 0, messages sent since \"2024-01-10 09:47:08.290000+00:00\": 0 "
        "(elapsed 0.000 seconds)"
    ));
    CHECK(records.count("messages sent since \"2024-01-10 09:48:08.290000+00:00\"") == 1);
    CHECK(records.records.back().origin == "OutputProcess::DevoSenderManagerMonitor(standard_senders,devo_1)");

    test::fake_sink sink(io.get_executor());
    events.set_identity(devo::self_identity{"h", "1", "acme", "1.2.3", ""});
    test::run(io, events.flush(sink));
    const auto text = sink.text();
    CHECK(text.find("\"part_counter\":0,\"part_bytes\":0,\"since_ts\":1704880028290}") != std::string::npos);
    CHECK(text.find("\"since_ts\":1704880088290}") != std::string::npos);
}

TEST_CASE_FIXTURE(periods, "sender statistics: batches without confirmation are what the queue holds")
{
    const auto out = output();
    app::sender_statistics statistics(out, 0, 60s, records, events, time);
    const auto push = [](outbox& to) -> asio::awaitable<void>
    {
        batch one{"line\n", 1, nullptr};
        [[maybe_unused]] const auto at = co_await to.push(std::move(one));
    };
    test::run(io, push(*out.box));
    statistics.report();
    CHECK(records.count("sender manager internal queue size: 1") == 1);
}

TEST_CASE_FIXTURE(periods, "memory use: the official line every five minutes")
{
    group.spawn("memory", app::log_memory(log_origin(records, "MainProcess::MainThread"), time));
    test::run(io, pass(1min, 11));
    CHECK(records.records.size() == 2);
    CHECK(records.count("[GC] global: ") == 2);
    CHECK(records.count("RSS(0.00MiB") == 0);
}

TEST_CASE("memory use: is written as the official collector does")
{
    constexpr std::uint64_t mebibyte = 1u << 20;
    CHECK(
        app::memory_text(
            {20.44, 34 * mebibyte + mebibyte / 2, 410 * mebibyte}, {20.3, 34 * mebibyte, 409 * mebibyte + mebibyte / 4}
        ) == "[GC] global: 20.4% -> 20.3%, process: RSS(34.50MiB -> 34.00MiB), VMS(410.00MiB -> 409.25MiB)"
    );
}

TEST_CASE("memory use: of the machine counts what is not available")
{
    CHECK(
        app::used_percent("MemTotal:        2000 kB\nMemFree:          100 kB\nMemAvailable:     500 kB\n") ==
        doctest::Approx(75)
    );
    CHECK(app::used_percent("") == 0);
    CHECK(app::used_percent("MemTotal:") == 0);
}
