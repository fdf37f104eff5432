#include "app/systemd_state.hpp"

#include "flow/task_group.hpp"
#include "support/manual_clock.hpp"
#include "support/run.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/datagram_protocol.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <unistd.h>

using namespace qdc;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace systemd_state = qdc::app::systemd_state;

namespace
{

/// An environment variable for one test case.
class variable
{
public:
    variable(const char* name, const std::string& value) : name_(name)
    {
        if (const char* before = std::getenv(name))
            before_ = before;
        ::setenv(name, value.c_str(), 1);
    }

    ~variable()
    {
        if (before_)
            ::setenv(name_, before_->c_str(), 1);
        else
            ::unsetenv(name_);
    }

    variable(const variable&) = delete;
    variable& operator=(const variable&) = delete;

private:
    const char* name_;
    std::optional<std::string> before_;
};

/// Plays systemd: the datagram socket that $NOTIFY_SOCKET names.
struct manager
{
    std::string path{"/tmp/qdc-notify." + std::to_string(::getpid())};
    asio::io_context io;
    asio::local::datagram_protocol::socket socket{io};
    variable name{"NOTIFY_SOCKET", path};

    manager()
    {
        std::filesystem::remove(path);
        socket.open();
        socket.bind(asio::local::datagram_protocol::endpoint(path));
        socket.non_blocking(true);
    }

    ~manager() { std::filesystem::remove(path); }

    manager(const manager&) = delete;
    manager& operator=(const manager&) = delete;

    /// What was told since the last look.
    std::vector<std::string> told()
    {
        std::vector<std::string> all;
        std::array<char, 4096> room{};
        boost::system::error_code ec;
        for (;;)
        {
            const auto size = socket.receive(asio::buffer(room), 0, ec);
            if (ec)
                return all;
            all.emplace_back(room.data(), size);
        }
    }
};

using messages = std::vector<std::string>;

service_report service(service_phase phase, const char* watermark = nullptr)
{
    service_report one;
    one.phase = phase;
    if (watermark != nullptr)
        one.watermark = parse_utc(watermark);
    return one;
}

collector_report with(std::vector<service_report> services)
{
    collector_report all;
    all.services = std::move(services);
    return all;
}

asio::awaitable<void> feed_for_a_minute(manager& systemd, messages& at_once, messages& in_a_minute)
{
    const auto ex = systemd.io.get_executor();
    test::manual_clock time(ex);
    task_group group(ex);
    group.spawn("watchdog", systemd_state::feed_watchdog(time));
    co_await test::turn();
    at_once = systemd.told();
    for (int second = 0; second < 60; ++second)
    {
        time.advance(1s);
        co_await test::turn();
    }
    in_a_minute = systemd.told();
    group.stop();
    co_await group.join();
}

asio::awaitable<void> tell_until_stopping(manager& systemd, messages& told)
{
    const auto ex = systemd.io.get_executor();
    test::manual_clock time(ex);
    task_group group(ex);
    collector_report now = with({service(service_phase::resting)});
    const auto look = [&now] { return now; };
    group.spawn("status", systemd_state::update_status(look, time));
    co_await test::turn();
    now.stopping = true;
    time.advance(9s);
    co_await test::turn();
    CHECK(systemd.told() == messages{"STATUS=1 service"});
    time.advance(1s);
    co_await test::turn();
    told = systemd.told();
    group.stop();
    co_await group.join();
}

}  // namespace

TEST_CASE_FIXTURE(manager, "service manager: readiness and status text arrive as systemd reads them")
{
    systemd_state::ready();
    systemd_state::status("4 services");
    CHECK(told() == messages{"READY=1", "STATUS=4 services"});
}

TEST_CASE_FIXTURE(manager, "service manager: a reload is told with its monotonic moment in microseconds")
{
    const auto microseconds = []
    {
        const auto now = std::chrono::steady_clock::now().time_since_epoch();
        return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
    };
    const auto before = microseconds();
    systemd_state::reloading();
    const auto after = microseconds();
    const auto all = told();
    REQUIRE(all.size() == 1);
    const std::string start = "RELOADING=1\nMONOTONIC_USEC=";
    REQUIRE(all.front().starts_with(start));
    const auto moment = std::stoll(all.front().substr(start.size()));
    CHECK(moment >= before);
    CHECK(moment <= after);
}

TEST_CASE_FIXTURE(manager, "service manager: a stop says what is still going on")
{
    systemd_state::stopping();
    CHECK(told() == messages{"STOPPING=1\nSTATUS=Stopping: what was sent is being confirmed"});
}

TEST_CASE("service manager: without one nothing happens")
{
    ::unsetenv("NOTIFY_SOCKET");
    systemd_state::ready();
    const variable nobody("NOTIFY_SOCKET", "/tmp/qdc-nobody-listens-here");
    systemd_state::ready();
}

TEST_CASE_FIXTURE(manager, "service manager: the watchdog is fed at once and twice in each period")
{
    const variable period("WATCHDOG_USEC", "30000000");
    messages at_once;
    messages in_a_minute;
    test::run(io, feed_for_a_minute(*this, at_once, in_a_minute));
    CHECK(at_once == messages{"WATCHDOG=1"});
    CHECK(in_a_minute == messages(4, "WATCHDOG=1"));
}

TEST_CASE_FIXTURE(manager, "service manager: a watchdog that watches another process is not fed")
{
    const variable period("WATCHDOG_USEC", "30000000");
    const variable process("WATCHDOG_PID", "1");
    messages at_once;
    messages in_a_minute;
    test::run(io, feed_for_a_minute(*this, at_once, in_a_minute));
    CHECK(at_once.empty());
    CHECK(in_a_minute.empty());
}

TEST_CASE_FIXTURE(manager, "service manager: without a watchdog there is nothing to feed")
{
    messages at_once;
    messages in_a_minute;
    test::run(io, feed_for_a_minute(*this, at_once, in_a_minute));
    CHECK(at_once.empty());
    CHECK(in_a_minute.empty());
}

TEST_CASE_FIXTURE(manager, "service manager: the status text is told every ten seconds")
{
    messages last;
    test::run(io, tell_until_stopping(*this, last));
    CHECK(last == messages{"STATUS=Stopping: what was sent is being confirmed"});
}

TEST_CASE("service manager: the status text is as fresh as the slowest service")
{
    const auto report = with(
        {service(service_phase::resting, "2024-01-10T09:47:08Z"),
         service(service_phase::waiting, "2024-01-10T09:45:00Z"),
         service(service_phase::pulling, "2024-01-10T09:46:00Z")}
    );
    CHECK(systemd_state::status_text(report) == "3 services, fresh to 2024-01-10 09:45:00 UTC, 1 waiting");
}

TEST_CASE("service manager: while one service has delivered nothing, nothing is called fresh")
{
    const auto report =
        with({service(service_phase::resting, "2024-01-10T09:47:08Z"), service(service_phase::pulling)});
    CHECK(systemd_state::status_text(report) == "2 services");
}

TEST_CASE("service manager: what does not run is counted, and its date does not hide how the others fare")
{
    const auto report = with(
        {service(service_phase::refused, "2023-01-01T00:00:00Z"),
         service(service_phase::stopped),
         service(service_phase::resting, "2024-01-10T09:47:08Z")}
    );
    CHECK(systemd_state::status_text(report) == "3 services, fresh to 2024-01-10 09:47:08 UTC, 1 refused, 1 stopped");
}
