#include "app/upkeep.hpp"

#include "flow/task_group.hpp"
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

/// A collector with one output, whose changed certificate files cannot be used until it is told otherwise.
struct watched
{
    asio::io_context io;
    test::manual_clock time{io.get_executor(), utc_time{1704880028290ms}};
    test::recording_log records;
    log_origin log{records, "MainProcess::MainThread"};
    task_group group{io.get_executor()};
    collector_report report;

    watched()
    {
        report.outputs.emplace_back().output = "devo_1";
        report.outputs.back().certificate_fault = "the key is of another pair";
    }

    asio::awaitable<void> pass(int times)
    {
        for (; times > 0; --times)
        {
            co_await test::turn();
            time.advance(10s);
        }
        co_await test::turn();
    }

    asio::awaitable<void> a_fault_that_ends()
    {
        group.spawn("certificates", app::report_certificates([this] { return report; }, time, log));
        co_await pass(5);
        CHECK(records.count("devo_1: its changed certificate files are not used: the key is of another pair; ") == 1);
        CHECK(records.records.front().level == log_level::warning);

        report.outputs.back().certificate_fault.clear();
        co_await pass(5);
        CHECK(records.count("No longer, after 50 s: devo_1: its changed certificate files are not used") == 1);
        CHECK(records.records.size() == 2);
        group.stop();
        co_await group.join();
    }
};

}  // namespace

TEST_CASE_FIXTURE(watched, "certificates: what is wrong with one is logged when it begins and when it is over")
{
    test::run(io, a_fault_that_ends());
}
