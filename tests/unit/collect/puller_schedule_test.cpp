#include "collect/puller.hpp"
#include "flow/task_group.hpp"
#include "scene.hpp"

#include <doctest/doctest.h>

namespace asio = boost::asio;
using namespace qdc;
using namespace qdc::test;
using namespace std::chrono_literals;

namespace
{

/// Without debug records, as a collector runs.
class info_log final : public log
{
public:
    explicit info_log(log& out) : out_(out) {}

    bool enabled(log_level level) const override { return level > log_level::debug; }

    void write(log_record record) override { out_.write(std::move(record)); }

private:
    log& out_;
};

struct running
{
    explicit running(collect_scene& around)
        : scene(around),
          info(around.records),
          http(new scripted_http),
          puller(
              scene.ex,
              {detections(),
               std::unique_ptr<http_stream>(http),
               scene.sink,
               scene.store,
               scene.shared,
               scene.report,
               scene.time,
               scene.log.through(info),
               [] { return 0.0; }},
              {scene.key, secret("Basic x"), 60s, std::nullopt, "", {}}
          ),
          group(scene.ex)
    {
        scene.sink.confirms_at_once = true;
        group.spawn("saver", puller.save_checkpoints());
    }

    asio::awaitable<void> stop()
    {
        group.stop();
        co_await group.join();
    }

    /// That began: one that ended is counted, one under way is in the report.
    std::size_t cycles() const
    {
        std::size_t all = scene.report.running ? 1 : 0;
        for (const auto& [outcome, count] : scene.report.cycles)
            all += count;
        return all;
    }

    collect_scene& scene;
    info_log info;
    scripted_http* http;
    collect::puller puller;
    task_group group;
};

asio::awaitable<void> pass(collect_scene& scene, time_source::duration span)
{
    scene.time.advance(span);
    co_await turn(50);
}

asio::awaitable<void> every_period(collect_scene& scene)
{
    running it(scene);
    it.http->answers.assign(10, answer(detection_answer("")));
    it.group.spawn("run", it.puller.run());
    co_await turn(50);
    CHECK(scene.records.has(log_level::info, "Starting data collection every 60 seconds"));
    CHECK(it.cycles() == 1);
    co_await pass(scene, 59s);
    CHECK(it.cycles() == 1);
    co_await pass(scene, 1s);
    CHECK(it.cycles() == 2);
    co_await it.stop();
}

/// A day of a service that has nothing new: the official lines each hour, and how many cycles they stand for.
asio::awaitable<void> idle_day(collect_scene& scene)
{
    running it(scene);
    it.http->answers.assign(2000, answer(detection_answer("")));
    it.group.spawn("run", it.puller.run());
    co_await turn(50);
    CHECK(scene.records.count("Pull Started") == 1);
    for (int minute = 1; minute < 24 * 60; ++minute)
        co_await pass(scene, 60s);
    CHECK(it.cycles() == 24 * 60);
    CHECK(scene.records.count("Pull Started") == 24);
    CHECK(scene.records.count("The data is up to date!") == 24);
    CHECK(scene.records.count("59 pull cycles since ") == 23);
    // Besides four services, senders and memory take some 900 lines a day.
    CHECK(4 * scene.records.records.size() + 900 < 3000);
    // The end says how many were not shown since.
    const auto unsaved = co_await it.puller.settled();
    CHECK_FALSE(unsaved);
    CHECK(scene.records.count("59 pull cycles since ") == 24);
    co_await it.stop();
}

asio::awaitable<void> news_between_idle_cycles(collect_scene& scene)
{
    running it(scene);
    const auto nothing = answer(detection_answer(""));
    const auto news = answer(hosts_answer(detection_host(1, detection(1)), more_from("2")));
    it.http->answers = {nothing, nothing, nothing, news, nothing, nothing};
    it.group.spawn("run", it.puller.run());
    co_await turn(50);
    co_await pass(scene, 60s);
    co_await pass(scene, 60s);
    scene.records.records.clear();
    co_await pass(scene, 60s);
    REQUIRE(scene.records.records.size() > 4);
    CHECK(
        scene.records.records[0].message ==
        "2 pull cycles since 2024-01-10T12:01:00Z brought nothing new and are not shown"
    );
    CHECK(scene.records.records[1].message == "Pull Started");
    CHECK(scene.records.count("(Partial) Statistics") == 2);
    CHECK(scene.records.count("The data is up to date!") == 1);
    scene.records.records.clear();
    co_await pass(scene, 60s);
    CHECK(scene.records.count("The data is up to date!") == 1);  // that it is idle again is worth its lines
    co_await it.stop();
}

/// What goes wrong in an idle time is shown at once, and what it was about too; so is its end.
asio::awaitable<void> trouble_between_idle_cycles(collect_scene& scene)
{
    running it(scene);
    const auto nothing = answer(detection_answer(""));
    it.http->answers = {nothing, nothing};
    it.group.spawn("run", it.puller.run());
    co_await turn(50);
    co_await pass(scene, 60s);
    scene.records.records.clear();
    co_await pass(scene, 60s);
    REQUIRE(scene.records.records.size() == 3);
    CHECK(scene.records.records[1].message == "Pull Started");
    CHECK(scene.records.records[2].level == log_level::warning);
    CHECK(scene.records.records[2].id == trouble_id::connection);
    it.http->answers = {nothing};
    co_await pass(scene, 1s);
    CHECK(scene.records.has(log_level::info, "host_list_detection: Qualys answers again, after 1 s and 1 failed call"));
    CHECK(scene.records.count("The data is up to date!") == 1);
    co_await it.stop();
}

asio::awaitable<void> missed_ticks(collect_scene& scene)
{
    running it(scene);
    it.http->answers.assign(10, answer(hosts_answer(detection_host(1, detection(1)))));
    scene.sink.full = true;
    it.group.spawn("run", it.puller.run());
    co_await turn(50);
    co_await pass(scene, 200s);
    scene.sink.set_full(false);
    co_await turn(50);
    CHECK(it.cycles() == 2);  // at once, but not three times
    co_await pass(scene, 59s);
    CHECK(it.cycles() == 2);
    co_await pass(scene, 1s);
    CHECK(it.cycles() == 3);
    co_await it.stop();
}

asio::awaitable<void> refused_login(collect_scene& scene)
{
    running it(scene);
    for (int i = 0; i < 3; ++i)
    {
        it.http->answers.push_back(answer(refusal_document(2000, "Bad Login/Password"), 401));
        it.http->answers.push_back(answer("<ABOUT></ABOUT>"));  // the login is good, the permission is missing
    }
    it.http->answers.push_back(answer(detection_answer("")));
    it.group.spawn("run", it.puller.run());
    co_await turn(50);
    CHECK(it.http->requests.size() == 2);
    co_await pass(scene, 60s);
    CHECK(it.http->requests.size() == 4);
    co_await pass(scene, 119s);
    CHECK(it.http->requests.size() == 4);
    co_await pass(scene, 1s);
    CHECK(it.http->requests.size() == 6);
    CHECK(scene.records.count("backs off for 240 s") == 1);
    // The light call was good: it is not the login that is missing.
    CHECK(scene.records.count("The login is good, but host_list_detection was refused to it 3 times") == 1);
    CHECK(scene.records.count("administrator of Qualys") == 3);
    CHECK(scene.records.count("lock the account") == 0);
    co_await pass(scene, 240s);
    CHECK(scene.records.count("The data is up to date!") == 1);
    co_await it.stop();
}

asio::awaitable<void> without_end(collect_scene& scene)
{
    running it(scene);
    it.group.spawn("run", it.puller.run());
    for (int i = 0; i < 100; ++i)
        co_await pass(scene, 60s);
    CHECK(it.cycles() == 1);
    CHECK(it.http->requests.size() > 100);
    it.http->answers = {answer(detection_answer(""))};
    co_await pass(scene, 60s);
    CHECK(scene.records.count("The data is up to date!") == 1);
    co_await it.stop();
}

asio::awaitable<void> no_state(collect_scene& scene)
{
    running it(scene);
    const auto failure = co_await it.puller.prepare();
    CHECK_FALSE(failure);
    CHECK(scene.records.has(log_level::info, "Reading persisted data"));
    CHECK(scene.records.count("first pull") == 1);
    co_await it.stop();
}

asio::awaitable<void> found_state(collect_scene& scene)
{
    running it(scene);
    const auto other = detections();
    other->begin_cycle(noon - 1h);
    const auto text = other->state();
    scene.store.found.text = text;
    scene.store.found.fallback = "checksum";
    const auto failure = co_await it.puller.prepare();
    CHECK_FALSE(failure);
    CHECK(scene.records.has(log_level::info, "Data retrieved from the persistence: " + text));
    CHECK(scene.records.has(log_level::warning, "The newest checkpoint is not usable (checksum)"));
    CHECK(scene.records.count("Some changes have been detected") == 0);
    co_await it.stop();
}

asio::awaitable<void> changed_start(collect_scene& scene)
{
    running it(scene);
    services::service_options options;
    options.start_time = parse_utc("2024-01-01T00:00:00Z");
    scene.store.found.text = services::make_host_list_detection(options, {"h", "t", {}, {}})->state();
    const auto failure = co_await it.puller.prepare();
    CHECK_FALSE(failure);
    CHECK(
        scene.records.count(
            "Some changes have been detected and the persistence needs to be updated. Previous content: "
        ) == 1
    );
    co_await it.stop();
}

asio::awaitable<void> unusable_state(collect_scene& scene)
{
    running it(scene);
    scene.store.found.text = "{\"something\":\"else\"}";
    const auto strange = co_await it.puller.prepare();
    CHECK(strange == errc::state_damaged);
    scene.store.unreadable = errc::state_damaged;
    const auto unreadable = co_await it.puller.prepare();
    CHECK(unreadable == errc::state_damaged);
    CHECK(scene.records.count("The service does not start") == 2);
    co_await it.stop();
}

}  // namespace

TEST_CASE("puller schedule: a cycle starts a period after the last one started")
{
    play(every_period);
}

TEST_CASE("puller schedule: an idle day is short in the log")
{
    play(idle_day);
}

TEST_CASE("puller schedule: news in an idle time come with the lines of their cycle")
{
    play(news_between_idle_cycles);
}

TEST_CASE("puller schedule: a trouble in an idle time is shown at once, and its end")
{
    play(trouble_between_idle_cycles);
}

TEST_CASE("puller schedule: ticks that a long cycle missed collapse into one")
{
    play(missed_ticks);
}

TEST_CASE("puller schedule: a refused login is tried again after a rest that grows")
{
    play(refused_login);
}

TEST_CASE("puller schedule: a source that is away is tried for ever within its cycle")
{
    play(without_end);
}

TEST_CASE("puller state: without one it begins from the beginning")
{
    play(no_state);
}

TEST_CASE("puller state: a saved one is taken up, and a fallback is told")
{
    play(found_state);
}

TEST_CASE("puller state: a changed start_time_utc is told with the official warning")
{
    play(changed_start);
}

TEST_CASE("puller state: what cannot be used stops the service instead of starting over")
{
    play(unusable_state);
}
