#include "flow/task_group.hpp"
#include "net/console.hpp"
#include "support/loopback_moment.hpp"
#include "support/manual_clock.hpp"
#include "support/run.hpp"

#include <doctest/doctest.h>

#include <array>
#include <csignal>

#include <fcntl.h>
#include <unistd.h>

using namespace qdc;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace
{

/// Standard output is a pipe for a while.
class piped_output
{
public:
    piped_output() : before_(::dup(STDOUT_FILENO))
    {
        REQUIRE(::pipe(ends_.data()) == 0);
        ::fcntl(ends_[0], F_SETFL, O_NONBLOCK);
        ::dup2(ends_[1], STDOUT_FILENO);
        std::signal(SIGPIPE, SIG_IGN);  // as the program does
    }

    ~piped_output()
    {
        ::dup2(before_, STDOUT_FILENO);
        ::close(before_);
        ::close(ends_[1]);
        close_reader();
    }

    piped_output(const piped_output&) = delete;
    piped_output& operator=(const piped_output&) = delete;

    /// What the reader finds now.
    std::string read() const
    {
        std::string all;
        std::array<char, 65536> into{};
        for (;;)
        {
            const auto size = ::read(ends_[0], into.data(), into.size());
            if (size <= 0)
                return all;
            all.append(into.data(), static_cast<std::size_t>(size));
        }
    }

    void close_reader()
    {
        if (ends_[0] >= 0)
            ::close(ends_[0]);
        ends_[0] = -1;
    }

private:
    int before_;
    std::array<int, 2> ends_{-1, -1};
};

asio::awaitable<void> push(outbox& box, std::string text)
{
    batch one;
    one.frames = std::move(text);
    one.events = 1;
    [[maybe_unused]] const auto at = co_await box.push(std::move(one));
}

asio::awaitable<void> run(output& out, error_code& end)
{
    end = co_await out.run();
}

asio::awaitable<void> writes(asio::io_context& io, std::string& got)
{
    const piped_output out;
    test::manual_clock time(io.get_executor());
    outbox box(io.get_executor(), time, 1 << 20);
    output_report report;
    net::console console(box, report);
    task_group group(io.get_executor());
    error_code end;
    group.spawn("console", run(console, end));
    co_await push(box, "a\n");
    co_await push(box, "b\n");
    while (box.confirmed() < 2)
        [[maybe_unused]] const auto moved = co_await box.confirmed_beyond(box.confirmed());
    got = out.read();
    CHECK(console.report().connected);
    CHECK(console.report().sent_events == 2);
    CHECK(console.report().sent_bytes == 4);
    CHECK(console.report().unconfirmed_bytes == 0);
    CHECK_FALSE(console.report().unconfirmed_since.has_value());
    group.stop();
    co_await group.join();
}

/// More than a pipe holds, into a pipe that somebody made non-blocking.
asio::awaitable<void> waits_for_room(asio::io_context& io, std::string& got)
{
    const piped_output out;
    ::fcntl(STDOUT_FILENO, F_SETFL, O_NONBLOCK);
    test::manual_clock time(io.get_executor());
    outbox box(io.get_executor(), time, 8 << 20);
    output_report report;
    net::console console(box, report);
    task_group group(io.get_executor());
    error_code end;
    group.spawn("console", run(console, end));
    co_await push(box, std::string(1 << 20, 'x') + '\n');
    const std::function<bool()> done = [&box, &got, &out]
    {
        got += out.read();
        return box.confirmed() == 1;
    };
    const bool written = co_await test::until(done);
    CHECK(written);
    got += out.read();
    group.stop();
    co_await group.join();
}

asio::awaitable<void> reader_gone(asio::io_context& io, error_code& why)
{
    piped_output out;
    out.close_reader();
    test::manual_clock time(io.get_executor());
    outbox box(io.get_executor(), time, 1 << 20);
    output_report report;
    net::console console(box, report);
    task_group group(io.get_executor());
    error_code end;
    group.spawn("console", run(console, end));
    co_await push(box, "a\n");
    co_await group.join();
    CHECK(box.confirmed() == 0);
    why = end;
}

}  // namespace

TEST_CASE("console: a frame is confirmed when it is written")
{
    asio::io_context io(1);
    std::string got;
    test::run(io, writes(io, got));
    CHECK(got == "a\nb\n");
}

TEST_CASE("console: a full pipe is waited for, also one that does not block")
{
    asio::io_context io(1);
    std::string got;
    test::run(io, waits_for_room(io, got));
    CHECK(got.size() == (1 << 20) + 1);
}

TEST_CASE("console: a reader that is gone ends it with the error")
{
    asio::io_context io(1);
    error_code why;
    test::run(io, reader_gone(io, why));
    CHECK(why == boost::system::errc::broken_pipe);
}
