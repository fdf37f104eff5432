#include "walking.hpp"

#include <doctest/doctest.h>

namespace asio = boost::asio;
using namespace qdc;
using namespace qdc::test;
using namespace std::chrono_literals;
using collect::cycle_end;

namespace
{

asio::awaitable<void> halves_and_grows(collect_scene& scene)
{
    walking it(scene);
    it.http->answers = {timeout(), timeout(), page_of(1, more_from("2")), page_of(2, more_from("3")), page_of(3)};
    co_await it.cycle();
    CHECK(it.ended == cycle_end::complete);
    CHECK(it.asked(0, "truncation_limit=4"));
    CHECK(it.asked(1, "truncation_limit=2"));
    CHECK(it.asked(2, "truncation_limit=1"));
    CHECK(it.asked(3, "truncation_limit=2"));
    CHECK(it.asked(4, "truncation_limit=4"));
    CHECK(scene.records.count("with pages of 2") == 1);
    CHECK(scene.report.errors.at("timeout") == 2);
    co_await it.stop();
}

asio::awaitable<void> unreachable_is_no_matter_of_size(collect_scene& scene)
{
    walking it(scene);
    scripted_answer refused;
    refused.unreachable = asio::error::connection_refused;
    refused.stage = call_stage::connect;
    it.http->answers = {refused, page_of(1)};
    co_await it.cycle();
    CHECK(it.ended == cycle_end::complete);
    CHECK(it.asked(1, "truncation_limit=4"));
    co_await it.stop();
}

asio::awaitable<void> leaves_a_host_out(collect_scene& scene)
{
    walking it(scene, 1);
    it.http->answers = {page_of(1, more_from("2")), stuck_in(5), stuck_in(5), stuck_in(5), light_answer(), page_of(6)};
    co_await it.cycle();
    CHECK(it.ended == cycle_end::partial);
    CHECK(it.http->requests[4].target == "/msp/about.php");
    CHECK(it.asked(5, "id_min=6"));
    CHECK(scene.sink.events() == 2);
    CHECK(scene.records.count("host 5 cannot be fetched") == 1);
    it.puller.refresh_report();
    REQUIRE(scene.report.quarantined.size() == 1);
    CHECK(scene.report.quarantined[0].id == "5");
    CHECK(scene.store.newest().find("\"host\":5") != std::string::npos);
    CHECK(scene.report.cycles.at("partial") == 1);

    // The next cycle walks around it and tries it alone, with its own window: once.
    it.http->answers = {page_of(2), answer(hosts_answer("")), stuck_in(5)};
    co_await it.cycle();
    CHECK(it.ended == cycle_end::partial);
    CHECK(it.asked(6, "id_max=4"));
    CHECK(it.asked(7, "id_min=6"));
    CHECK(it.asked(8, "ids=5"));
    CHECK_FALSE(it.http->requests[8].body.find("vm_processed_after") != std::string::npos);
    CHECK(it.http->requests.size() == 9);
    // Its failure is no trouble of Qualys': only that of the first cycle has an end.
    CHECK(scene.records.count("stays in quarantine") == 1);
    CHECK(scene.records.count("Qualys answers again") == 1);

    it.http->answers = {answer(hosts_answer("")), answer(hosts_answer("")), page_of(5)};
    co_await it.cycle();
    CHECK(it.ended == cycle_end::complete);
    CHECK(scene.records.count("Qualys answers again") == 1);
    CHECK(scene.records.count("host 5 came and has left the quarantine, in which it was since 2024-") == 1);
    CHECK(scene.store.newest().find("\"quarantine\":[]") != std::string::npos);
    co_await it.stop();
}

asio::awaitable<void> looks_an_unknown_host_up(collect_scene& scene)
{
    walking it(scene, 1);
    it.http->answers = {
        timeout(),
        timeout(),
        timeout(),
        light_answer(),
        answer("<HOST_LIST_OUTPUT><RESPONSE><ID_SET><ID_RANGE>8-9</ID_RANGE></ID_SET></RESPONSE></HOST_LIST_OUTPUT>"),
        page_of(9)};
    co_await it.cycle();
    CHECK(it.ended == cycle_end::partial);
    CHECK(it.http->requests[4].target == "/api/5.0/fo/asset/host/");
    CHECK(it.asked(4, "details=None"));
    CHECK(it.asked(5, "id_min=9"));
    it.puller.refresh_report();
    REQUIRE(scene.report.quarantined.size() == 1);
    CHECK(scene.report.quarantined[0].id == "8");
    co_await it.stop();
}

asio::awaitable<void> an_outage_quarantines_nobody(collect_scene& scene)
{
    walking it(scene, 1);
    for (int host = 1; host <= 6; ++host)
    {
        for (int i = 0; i < 3; ++i)
            it.http->answers.push_back(stuck_in(host));
        it.http->answers.push_back(light_answer());
    }
    it.http->answers.push_back(page_of(1, more_from("2")));
    it.http->answers.push_back(answer(hosts_answer("")));
    co_await it.cycle();
    CHECK(it.ended == cycle_end::complete);
    it.puller.refresh_report();
    CHECK(scene.report.quarantined.empty());
    CHECK(it.http->requests.size() == 26);
    co_await it.stop();
}

/// Nothing can be reached for 470 s in the middle of a pull, at whatever stage it shows.
asio::awaitable<void> an_outage_of_470_s(collect_scene& scene)
{
    for (const auto stage :
         {call_stage::look_up, call_stage::connect, call_stage::proxy, call_stage::tls, call_stage::sending})
    {
        walking it(scene, 4);
        it.http->answers = {page_of(1, more_from("2"))};
        for (int i = 0; i < 13; ++i)  // 0.5, 1, 2 … 30 s with the least jitter: 301 s and the waits for each connection
            it.http->answers.push_back(unreachable(stage));
        it.http->answers.push_back(page_of(2));
        co_await it.cycle(1200);
        CHECK(it.ended == cycle_end::complete);
        CHECK(it.http->requests.size() == 15);
        CHECK(it.asked(14, "truncation_limit=4"));
        it.puller.refresh_report();
        CHECK(scene.report.quarantined.empty());
        co_await it.stop();
    }
    CHECK(scene.records.count("with pages of") == 0);
    CHECK(scene.records.count("is left out") == 0);
}

/// Bodies break off and nothing else works either: the way is bad, no host.
asio::awaitable<void> blames_no_host_while_nothing_works(collect_scene& scene)
{
    walking it(scene, 1);
    it.http->answers = {stuck_in(5), stuck_in(5), stuck_in(5), unreachable(), stuck_in(5), unreachable(), page_of(5)};
    co_await it.cycle();
    CHECK(it.ended == cycle_end::complete);
    CHECK(scene.records.count("is left out") == 0);
    CHECK(scene.sink.events() == 1);
    co_await it.stop();
}

asio::awaitable<void> waits_as_asked(collect_scene& scene)
{
    walking it(scene);
    auto busy = answer("<html>maintenance</html>", 504);
    busy.fields = {{"retry-after", "6"}};
    it.http->answers = {busy, page_of(1)};
    const auto begun = scene.time.now();
    co_await it.cycle();
    CHECK(it.ended == cycle_end::complete);
    CHECK(it.asked(1, "truncation_limit=2"));
    CHECK(scene.time.now() - begun >= 6s);
    co_await it.stop();
}

asio::awaitable<void> a_wrong_login(collect_scene& scene)
{
    walking it(scene);
    it.http->answers = {
        answer(refusal_document(2000, "Bad Login/Password"), 401),
        answer(refusal_document(2000, "Bad Login/Password"), 401)};
    co_await it.cycle();
    CHECK(it.ended == cycle_end::login);
    CHECK(it.http->requests.size() == 2);
    CHECK(it.shared.login_pause(scene.time));
    // A cycle that begins within the pause waits, and was not refused itself.
    it.http->answers = {page_of(1)};
    const auto half_seconds = co_await it.cycle();
    CHECK(half_seconds >= 118);
    CHECK(it.ended == cycle_end::complete);
    CHECK(it.http->requests.size() == 3);
    CHECK(scene.report.cycles.at("login") == 1);
    co_await it.stop();
}

asio::awaitable<void> receipts(collect_scene& scene)
{
    walking it(scene);
    it.http->answers = {page_of(1, more_from("2")), page_of(2)};
    co_await it.cycle();
    REQUIRE(scene.report.last);
    const auto& last = *scene.report.last;
    CHECK(last.outcome == "complete");
    CHECK(last.requests == 2);
    CHECK(last.pages == 2);
    CHECK(last.received == 2);
    CHECK(last.sent == 2);
    CHECK(last.confirmed == 2);
    CHECK(
        scene.records.count(
            "Receipt of pull cycle 1704888000000: complete; window the beginning to the end; 2 requests, 2 "
            "pages"
        ) == 1
    );
    CHECK(scene.report.watermark == noon - 60s);
    co_await it.stop();
}

}  // namespace

TEST_CASE("walk: a page that does not come is asked for smaller, and what works lets it grow again")
{
    play(halves_and_grows);
}

TEST_CASE("walk: where nothing can be reached asking for less would not help")
{
    play(unreachable_is_no_matter_of_size);
}

TEST_CASE("walk: a host that never comes is left out, remembered, and tried alone once in each later cycle")
{
    play(leaves_a_host_out);
}

TEST_CASE("walk: a host of which nothing came is looked up in the list of ids")
{
    play(looks_an_unknown_host_up);
}

TEST_CASE("walk: when host after host fails it is the endpoint's fault, and all are asked for again")
{
    play(an_outage_quarantines_nobody);
}

TEST_CASE("walk: an outage of the network makes no page smaller and blames no host")
{
    play(an_outage_of_470_s);
}

TEST_CASE("walk: a host alone on its page is blamed only when another call works meanwhile")
{
    play(blames_no_host_while_nothing_works);
}

TEST_CASE("walk: a smaller page is not asked for before the time that was asked for")
{
    play(waits_as_asked);
}

TEST_CASE("walk: when the light call is refused too the whole input rests, and the next cycle waits for the end of that"
)
{
    play(a_wrong_login);
}

TEST_CASE("walk: the receipt of a cycle adds up")
{
    play(receipts);
}
