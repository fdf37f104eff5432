#include "collect/puller.hpp"
#include "flow/task_group.hpp"
#include "scene.hpp"

#include <boost/asio/error.hpp>

#include <doctest/doctest.h>

namespace asio = boost::asio;
using namespace qdc;
using namespace qdc::test;
using namespace std::chrono_literals;
using collect::cycle_end;

namespace
{

/// One puller with its saver beside it.
struct pulling
{
    explicit pulling(
        collect_scene& around, std::optional<std::chrono::seconds> give_up_after = {}, std::string receipts_tag = {}
    )
        : scene(around),
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
               scene.log,
               [] { return 0.0; }},
              {scene.key,
               secret("Basic x"),
               60s,
               give_up_after,
               "QualysHostListDetectionPuller(q,1,host_list_detection,predefined)",
               {},
               {"host", std::move(receipts_tag)}}
          ),
          group(scene.ex)
    {
        group.spawn("saver", puller.save_checkpoints());
    }

    asio::awaitable<void> cycle()
    {
        ended.reset();
        const auto end = co_await puller.run_once();
        ended = end;
    }

    asio::awaitable<void> stop()
    {
        group.stop();
        co_await group.join();
    }

    collect_scene& scene;
    scripted_http* http;  ///< the puller owns it
    collect::puller puller;
    task_group group;
    std::optional<cycle_end> ended;
};

std::string first_page()
{
    return hosts_answer(
        detection_host(4, detection(1) + detection(2)) + detection_host(5, detection(3)), more_from("6")
    );
}

std::string last_page()
{
    return hosts_answer(detection_host(6, detection(4)));
}

std::string statistics(const char* prefix, int requests, int received, int duplicate, int sent, const char* average)
{
    return std::string(prefix) +
           "Statistics for this pull cycle (@devo_pulling_id=1704888000000):Number of requests made: " +
           std::to_string(requests) + "; Number of events received: " + std::to_string(received) +
           "; Number of duplicated events filtered out: " + std::to_string(duplicate) +
           "; Number of events generated and sent: " + std::to_string(sent) +
           "; Average of events per second: " + average + ".";
}

asio::awaitable<void> whole_cycle(collect_scene& scene)
{
    pulling it(scene);
    scene.sink.confirms_at_once = true;
    it.http->answers = {answer(first_page()), answer(last_page())};
    co_await it.cycle();
    CHECK(it.ended == cycle_end::complete);
    CHECK(scene.sink.events() == 4);
    REQUIRE(it.http->requests.size() == 2);
    CHECK(it.http->requests[0].authorization.reveal() == "Basic x");
    CHECK(it.http->requests[0].target == "/api/5.0/fo/asset/host/vm/detection/");
    CHECK(
        it.http->requests[0].body ==
        "action=list&output_format=XML&show_igs=0&show_results=1&status=New%2CActive%2CRe-Opened&truncation_limit=1000"
    );
    CHECK(it.http->requests[1].body.find("&id_min=6&") != std::string::npos);
    CHECK(scene.store.newest().find("\"mark\":\"2024-01-10T11:59:00Z\"") != std::string::npos);

    CHECK(scene.records.has(log_level::info, "Pull Started"));
    CHECK(scene.records.has(log_level::info, statistics("(Partial) ", 1, 3, 0, 3, "0.000")));
    CHECK(scene.records.has(log_level::info, statistics("(Partial) ", 2, 4, 0, 4, "0.000")));
    CHECK(scene.records.has(log_level::info, statistics("", 2, 4, 0, 4, "0.000")));
    CHECK(scene.records.has(log_level::info, "The data is up to date!"));
    CHECK(scene.records.has(log_level::info, "Data collection completed. Elapsed time: 0.000 seconds"));
    co_await it.stop();
}

asio::awaitable<void> receipts_follow(collect_scene& scene)
{
    scene.report.input = "qualys";
    scene.report.service = "host_list_detection";
    pulling it(scene, {}, "my.app.qualys.receipts");
    it.http->answers = {answer(last_page())};
    it.group.spawn("cycle", it.cycle());
    co_await turn(50);
    REQUIRE(scene.sink.batches.size() == 2);
    const auto& receipt = scene.sink.batches.back();
    CHECK(receipt.events == 0);
    CHECK(receipt.frames.starts_with("<14>2024-01-10 12:00:00.000 host my.app.qualys.receipts: {\"input\":\"qualys\",")
    );
    CHECK(receipt.frames.find("\"outcome\":\"complete\"") != std::string::npos);
    CHECK(receipt.frames.find("\"received\":1,") != std::string::npos);
    CHECK(receipt.frames.find("\"watermark\":\"2024-01-10T11:59:00Z\"") != std::string::npos);
    scene.sink.confirm(1);
    co_await turn(50);
    CHECK_FALSE(it.ended);  // the receipt is part of the cycle
    CHECK_FALSE(scene.store.saved_success);
    scene.sink.confirm(2);
    co_await turn(50);
    CHECK(it.ended == cycle_end::complete);
    CHECK(scene.store.saved_success);
    CHECK(scene.report.events_sent == 1);
    co_await it.stop();
}

asio::awaitable<void> fresh_from_the_start(collect_scene& scene)
{
    {
        pulling it(scene);
        scene.sink.confirms_at_once = true;
        it.http->answers = {answer(last_page())};
        co_await it.cycle();
        co_await it.stop();
    }
    CHECK(scene.store.saved_success == noon);
    const auto before = scene.report;
    scene.store.found = {scene.store.newest(), {}, noon, noon};
    scene.report = {};
    pulling again(scene);
    const auto failure = co_await again.puller.prepare();
    CHECK_FALSE(failure);
    CHECK(scene.report.watermark == before.watermark);
    CHECK(scene.report.watermark == noon - 1min);
    CHECK(scene.report.last_success == noon);
    CHECK(scene.report.checkpoint == noon);
    co_await again.stop();
}

asio::awaitable<void> only_behind_confirmation(collect_scene& scene)
{
    pulling it(scene);
    it.http->answers = {answer(first_page()), answer(last_page())};
    it.group.spawn("cycle", it.cycle());
    co_await turn(50);
    CHECK(scene.sink.events() == 4);
    CHECK(scene.sink.wanted == 2);
    CHECK(scene.store.saved.empty());
    CHECK_FALSE(it.ended);
    scene.sink.confirm(1);
    co_await turn(50);
    CHECK(scene.store.newest().find("\"next_host\":6") != std::string::npos);
    CHECK(scene.store.newest().find("\"mark\":\"\"") != std::string::npos);
    CHECK_FALSE(it.ended);
    scene.time.advance(90s);
    scene.sink.confirm(scene.sink.pushed());
    co_await turn(50);
    CHECK(it.ended == cycle_end::complete);
    CHECK(scene.store.newest().find("\"mark\":\"2024-01-10T11:59:00Z\"") != std::string::npos);
    CHECK(scene.records.has(log_level::info, statistics("", 2, 4, 0, 4, "0.044")));
    co_await it.stop();
}

asio::awaitable<void> retry_from_the_right_host(collect_scene& scene)
{
    pulling it(scene);
    scene.sink.confirms_at_once = true;
    const auto page = first_page();
    const std::string begun = "<HOST><ID>5</ID>";  // so host 4 stands in order
    it.http->answers = {
        cut_answer(page, page.find(begun) + begun.size(), asio::error::connection_reset),
        answer(hosts_answer(detection_host(5, detection(3)), more_from("6"))),
        answer(last_page())};
    it.group.spawn("cycle", it.cycle());
    co_await turn(50);
    CHECK(it.http->requests.size() == 1);
    CHECK(scene.records.has(
        log_level::warning,
        "host_list_detection: reading the answer /api/5.0/fo/asset/host/vm/detection/ at qualys.example:443: "
        "HTTP 200, Connection reset by peer. Next try in 0.5 s, from host 5, with pages of 500"
    ));
    scene.time.advance(500ms);
    co_await turn(50);
    CHECK(it.ended == cycle_end::complete);
    CHECK(it.http->requests[1].body.find("id_min=5&") != std::string::npos);
    CHECK(scene.sink.events() == 4);
    CHECK(scene.records.has(log_level::info, statistics("", 3, 4, 0, 4, "8.000")));
    co_await it.stop();
}

asio::awaitable<void> gives_up(collect_scene& scene)
{
    pulling it(scene, 10s);
    it.group.spawn("cycle", it.cycle());
    for (int i = 0; i < 100 && !it.ended; ++i)
    {
        co_await turn(30);
        scene.time.advance(1s);
    }
    CHECK(it.ended == cycle_end::failed);
    CHECK(it.http->requests.size() == 5);  // after 0.5, 1, 2 and 4 s; 8 more would be too many
    CHECK(scene.records.count("PullError: API Error. Cause: host_list_detection: asking") == 1);
    CHECK(scene.records.count("No more tries in this cycle") == 1);
    co_await it.stop();
}

asio::awaitable<void> patience_counts_from_the_fault(collect_scene& scene)
{
    pulling it(scene, 10s);
    scene.sink.confirms_at_once = true;
    scene.sink.full = true;
    it.http->answers = {answer(first_page())};
    it.group.spawn("cycle", it.cycle());
    co_await turn(50);
    scene.time.advance(1h);  // the platform was slow: that is nobody's fault
    scene.sink.set_full(false);
    co_await turn(50);
    CHECK_FALSE(it.ended);
    it.http->answers = {answer(last_page())};
    scene.time.advance(1s);
    co_await turn(50);
    CHECK(it.ended == cycle_end::complete);
    co_await it.stop();
}

asio::awaitable<void> refusals(collect_scene& scene)
{
    pulling it(scene, 300s);
    it.http->answers = {
        answer(refusal_document(2000, "Bad Login/Password"), 401),
        answer("<ABOUT></ABOUT>"),
        answer("", 404),
        answer("<ABOUT></ABOUT>"),
        answer(refusal_document(1905, "parameter ids has invalid value"), 400)};
    for (const auto end : {cycle_end::login, cycle_end::retired, cycle_end::failed})
    {
        co_await it.cycle();
        CHECK(it.ended == end);
    }
    CHECK(
        scene.records.count("PullError: API Error. Cause: host_list_detection: reading the answer "
                            "/api/5.0/fo/asset/host/vm/detection/ at qualys.example:443: HTTP 401, code 2000: Bad "
                            "Login/Password") == 1
    );
    CHECK(scene.records.count("The data is up to date!") == 0);
    CHECK(it.http->requests.size() == 5);
    CHECK(it.http->requests[1].target == "/msp/about.php");
    co_await it.stop();
}

asio::awaitable<void> unsaved_is_failed(collect_scene& scene)
{
    pulling it(scene);
    scene.sink.confirms_at_once = true;
    scene.store.failures = 1;
    it.http->answers = {answer(last_page())};
    co_await it.cycle();
    CHECK(it.ended == cycle_end::failed);
    CHECK(scene.records.count("The data is up to date!") == 0);
    co_await it.stop();
}

}  // namespace

TEST_CASE("puller: the receipt follows the cycle's last event, and the cycle ends when it is confirmed")
{
    play(receipts_follow);
}

TEST_CASE("puller: after a restart watermark, last success and checkpoint are known before anything is asked")
{
    play(fresh_from_the_start);
}

TEST_CASE("puller: a cycle asks page after page, and the log has the official lines")
{
    play(whole_cycle);
}

TEST_CASE("puller: a checkpoint moves only behind the confirmations, and the cycle ends with the last")
{
    play(only_behind_confirmation);
}

TEST_CASE("puller: after a cut it goes on with the host that was not complete")
{
    play(retry_from_the_right_host);
}

TEST_CASE("puller: it gives up when it was told to")
{
    play(gives_up);
}

TEST_CASE("puller: its patience counts from the fault, not from the beginning of a long cycle")
{
    play(patience_counts_from_the_fault);
}

TEST_CASE("puller: what cannot get better by itself ends the cycle at once")
{
    play(refusals);
}

TEST_CASE("puller: a checkpoint that cannot be saved is a failed cycle")
{
    play(unsaved_is_failed);
}
