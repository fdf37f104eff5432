#include "collect/watched_source.hpp"

#include "flow/task_group.hpp"
#include "scene.hpp"

#include <doctest/doctest.h>

#include <array>

namespace asio = boost::asio;
using namespace qdc;
using namespace qdc::test;
using namespace std::chrono_literals;
using collect::pulling_text;

namespace
{

/// A source that answers when it is told to.
class slow_http final : public http_stream
{
public:
    explicit slow_http(asio::any_io_executor ex) : moved_(std::move(ex)) {}

    asio::awaitable<result<http_head>> open(http_request) override
    {
        co_await turn_to_answer();
        co_return http_head{200, {}};
    }

    asio::awaitable<result<std::size_t>> read_some(std::span<char>) override
    {
        co_await turn_to_answer();
        co_return left_-- > 0 ? std::size_t{1} : std::size_t{0};
    }

    void close() override {}

    call_stage stage() const override { return reached; }

    call_stage reached{call_stage::look_up};

    std::string endpoint() const override { return "qualys.example:443"; }

    void let_answer()
    {
        ++allowed_;
        moved_.notify_all();
    }

private:
    asio::awaitable<void> turn_to_answer()
    {
        while (allowed_ == 0)
            co_await moved_.wait();
        --allowed_;
    }

    condition moved_;
    int allowed_{0};
    int left_{1};
};

asio::awaitable<void> read_all(http_stream& source, collect_scene& scene)
{
    http_request request;
    const auto head = co_await source.open(std::move(request));
    CHECK(head.has_value());
    std::array<char, 10> space{};
    for (;;)
    {
        const auto size = co_await source.read_some(space);
        if (!size || *size == 0)
            co_return;
        co_await scene.time.sleep_for(90s);  // the outputs take nothing
    }
}

asio::awaitable<void> each_wait_is_named(collect_scene& scene)
{
    auto* const http = new slow_http(scene.ex);
    const auto source = collect::watch([http] { return std::unique_ptr<http_stream>(http); }, scene.report, scene.time);
    const auto text = [&scene] { return pulling_text(scene.report, scene.time.now()); };
    task_group group(scene.ex);
    scene.report.moved = scene.time.now();
    CHECK(text().empty());
    group.spawn("read", read_all(*source, scene));
    co_await turn();
    CHECK(text() == "asks Qualys");
    scene.time.advance(75s);
    CHECK(text() == "waits for a connection to Qualys, for 75 s");
    http->reached = call_stage::first_byte;
    CHECK(text() == "waits for the first byte of Qualys' answer, for 75 s");

    http->let_answer();
    co_await turn();
    CHECK(text() == "reads Qualys' answer");
    CHECK(scene.report.moved == scene.time.now());
    scene.time.advance(20s);
    CHECK(text() == "waits for the next byte of Qualys' answer, for 20 s");

    scene.report.unconfirmed_events = 7;
    http->let_answer();
    co_await turn();
    scene.time.advance(70s);
    CHECK(text() == "waits until Devo takes more: 7 events are not confirmed, for 70 s");
    scene.report.unconfirmed_events = 1;
    CHECK(text() == "waits until Devo takes more: 1 event is not confirmed, for 70 s");
    scene.report.save_failure = "No space left on device";
    CHECK(text() == "waits for the disk: the checkpoint cannot be saved (No space left on device)");
    scene.report.save_failure.clear();
    scene.report.unconfirmed_events = 7;
    scene.time.advance(20s);
    co_await turn();
    CHECK(text() == "reads Qualys' answer");

    http->let_answer();
    co_await turn();
    CHECK(scene.report.calls.empty());
    scene.time.advance(10s);
    CHECK(text() == "waits for Devo to confirm 7 events, for 100 s");
    co_await group.join();
}

asio::awaitable<void> a_stop_ends_the_call(collect_scene& scene)
{
    auto source = collect::watch([&scene] { return std::make_unique<slow_http>(scene.ex); }, scene.report, scene.time);
    task_group group(scene.ex);
    group.spawn("read", read_all(*source, scene));
    co_await turn();
    CHECK(scene.report.calls.size() == 1);
    group.stop();
    co_await group.join();
    source.reset();
    CHECK(scene.report.calls.empty());
}

asio::awaitable<void> failures_end_the_call(collect_scene& scene)
{
    auto* const http = new scripted_http;
    const auto source = collect::watch([http] { return std::unique_ptr<http_stream>(http); }, scene.report, scene.time);
    http_request request;
    const auto refused = co_await source->open(request);
    CHECK_FALSE(refused.has_value());
    CHECK(scene.report.calls.empty());
    http->answers = {cut_answer("ab", 0, make_error_code(boost::system::errc::connection_reset))};
    const auto head = co_await source->open(request);
    CHECK(head.has_value());
    CHECK(scene.report.calls.size() == 1);
    std::array<char, 10> space{};
    const auto size = co_await source->read_some(space);
    CHECK_FALSE(size.has_value());
    CHECK(scene.report.calls.empty());
}

}  // namespace

TEST_CASE("watched source: a wait for Qualys and one for Devo are told apart, with how long they last")
{
    play(each_wait_is_named);
}

TEST_CASE("watched source: a call that is stopped is not under way any more")
{
    play(a_stop_ends_the_call);
}

TEST_CASE("watched source: a call that fails is not under way any more")
{
    play(failures_end_the_call);
}

TEST_CASE("watched source: a full disk is named where nothing else is waited for")
{
    service_report report;
    report.save_failure = "No space left on device";
    CHECK(pulling_text(report, {}) == "waits for the disk: the checkpoint cannot be saved (No space left on device)");
    report.save_failure.clear();
    report.unconfirmed_events = 1;
    CHECK(pulling_text(report, {}) == "waits for Devo to confirm 1 event");
}

TEST_CASE("watched source: what was sent before may be waited for without an event of its own")
{
    service_report report;
    CHECK(pulling_text(report, report.moved + 4s).empty());
    CHECK(
        pulling_text(report, report.moved + 75s) == "waits for Devo, or for the disk, at the end of its cycle, for 75 s"
    );
}
