#include "cycles.hpp"
#include "unit/services/scan_answers.hpp"

#include <boost/asio/error.hpp>

#include <doctest/doctest.h>

#include <algorithm>

namespace asio = boost::asio;
using namespace qdc;
using namespace qdc::test;
using namespace std::chrono_literals;
using collect::cycle_end;
using services::test::scans::finding;
using services::test::scans::list_of;
using services::test::scans::results_of;
using services::test::scans::scan;

namespace
{

const std::string launched = "2024-01-10T08:00:00Z";

/// The puller of vm_scans whose cycles run while time passes.
struct fetching : cycles
{
    explicit fetching(collect_scene& around)
        : cycles(around),
          http(new scripted_http),
          puller(
              scene.ex,
              {services::make_vm_scans({}, {"h", "t", {}, {}}),
               std::unique_ptr<http_stream>(http),
               scene.sink,
               scene.store,
               scene.shared,
               scene.report,
               scene.time,
               scene.log,
               [] { return 0.0; }},
              {scene.key, secret("Basic x"), 60s, std::nullopt, "", {}}
          )
    {
        begin(puller);
    }

    asio::awaitable<void> cycle()
    {
        http->requests.clear();
        [[maybe_unused]] const auto steps = co_await run_cycle(puller, 400, 500ms, 30);
        puller.refresh_report();
    }

    /// What was asked for, in its order: "list", "light" or the number of the scan.
    std::vector<std::string> asked() const
    {
        std::vector<std::string> all;
        for (const auto& request : http->requests)
        {
            const auto begin = request.body.find("scan_ref=scan%2F");
            if (begin != std::string::npos)
                all.push_back(request.body.substr(begin + 16, 1));
            else
                all.push_back(request.target == "/msp/about.php" ? "light" : "list");
        }
        return all;
    }

    scripted_http* http;
    collect::puller puller;
};

using strings = std::vector<std::string>;

scripted_answer list(int scans)
{
    std::vector<scan> all;
    for (int i = 1; i <= scans; ++i)
        all.push_back({"scan/" + std::to_string(i), launched});
    return answer(list_of(all));
}

scripted_answer results(int number)
{
    return answer(results_of("scan/" + std::to_string(number), {finding(number)}));
}

scripted_answer light()
{
    return answer("<ABOUT><WEB-VERSION>10.1</WEB-VERSION></ABOUT>");
}

/// Every way in which one fetch can go wrong while list and login are good.
std::vector<scripted_answer> bad_fetches()
{
    auto cut = answer(results_of("scan/2", {finding(2)}).substr(0, 90));
    cut.failure = asio::error::connection_reset;
    scripted_answer silent;
    silent.unreachable = asio::error::timed_out;
    silent.stage = call_stage::first_byte;
    return {
        answer(R"([{"ip":"192.0.2.1","title":"\q"}])"),
        answer(R"([{"ip":"192.0.2.1","qid":NaN}])"),
        answer("", 404),
        answer("", 403),
        answer("", 500),
        answer("", 504),
        answer("<html><title>Sorry</title></html>", 502),
        answer(refusal_document(1905, "no results any more"), 400),
        answer(""),
        answer("<html><title>Sorry</title></html>"),
        answer("{}"),
        answer(R"([[{"qid":1}],null,5])"),
        answer(refusal_document(999, "Internal error.")),
        answer(refusal_document(999, "Internal error."), 500),
        answer(refusal_document(3000, "Something else."), 409),
        answer("null"),
        answer("\"ip\",\"qid\"\n\"192.0.2.1\",\"7\"\n"),
        cut,
        silent};
}

asio::awaitable<void> one_bad_scan(collect_scene& scene)
{
    int kind = 0;
    for (const auto& bad : bad_fetches())
    {
        ++kind;
        CAPTURE(kind);
        scene.sink.batches.clear();
        fetching it(scene);
        it.http->answers = {list(4), results(1), bad, bad, bad, light(), results(3), results(4)};
        co_await it.cycle();
        CHECK(it.ended == cycle_end::partial);
        CHECK(it.asked() == strings{"list", "1", "2", "2", "2", "light", "3", "4"});
        CHECK(scene.sink.events() == 3);
        REQUIRE(scene.report.quarantined.size() == 1);
        CHECK(scene.report.quarantined[0].kind == "scan");
        CHECK(scene.report.quarantined[0].id == "scan/2");
        CHECK(scene.store.newest().find(R"("quarantine":[{"scan":"scan/2")") != std::string::npos);

        // New scans come first, and the one that is left out is tried once.
        it.http->answers = {list(5), results(5), bad};
        co_await it.cycle();
        CHECK(it.ended == cycle_end::partial);
        CHECK(it.asked() == strings{"list", "5", "2"});
        CHECK(scene.report.failure == trouble_id::quarantine);

        it.http->answers = {list(5), results(2)};
        co_await it.cycle();
        CHECK(it.ended == cycle_end::complete);
        CHECK(scene.sink.events() == 5);
        CHECK(scene.report.quarantined.empty());
        CHECK(scene.store.newest().find(R"("quarantine":[])") != std::string::npos);
        co_await it.stop();
    }
    CHECK(scene.records.count("scan scan/2 cannot be fetched") == static_cast<std::size_t>(kind));
    CHECK(scene.records.count("scan scan/2 came and has left the quarantine") == static_cast<std::size_t>(kind));
    CHECK(scene.records.count("pages of") == 0);
    CHECK(scene.records.count("api_versions") == 0);
}

/// Its refusals look like the login's, so each is looked into by the light call before the scan is tried again.
asio::awaitable<void> a_refused_login_of_one_scan(collect_scene& scene)
{
    for (const auto& bad :
         {answer("<html>denied</html>", 401),
          answer(refusal_document(2000, "Bad Login/Password"), 409),
          answer(refusal_document(2003, "Complete the registration."), 409)})
    {
        scene.sink.batches.clear();
        fetching it(scene);
        it.http->answers = {list(3), results(1), bad, light(), bad, light(), bad, light(), results(3)};
        co_await it.cycle();
        CHECK(it.ended == cycle_end::partial);
        CHECK(it.asked() == strings{"list", "1", "2", "light", "2", "light", "2", "light", "3"});
        CHECK(scene.sink.events() == 2);
        REQUIRE(scene.report.quarantined.size() == 1);
        CHECK(scene.report.quarantined[0].id == "scan/2");
        CHECK_FALSE(scene.shared.login_pause(scene.time));

        it.http->answers = {list(3), bad, light()};
        co_await it.cycle();
        CHECK(it.ended == cycle_end::partial);
        CHECK(it.asked() == strings{"list", "2", "light"});
        co_await it.stop();
    }
    CHECK(scene.records.count("The login was refused") == 0);
}

/// Where the light call is refused too, it is the login.
asio::awaitable<void> a_refused_login(collect_scene& scene)
{
    fetching it(scene);
    const auto bad = answer(refusal_document(2000, "Bad Login/Password"), 401);
    it.http->answers = {list(3), results(1), bad, bad};
    co_await it.cycle();
    CHECK(it.ended == cycle_end::login);
    CHECK(it.asked() == strings{"list", "1", "2", "light"});
    CHECK(scene.report.quarantined.empty());
    CHECK(scene.shared.login_pause(scene.time));
    // What speaks of an HTTP status or of a code has them as members too.
    for (const auto& record : scene.records.records)
    {
        // A receipt has the cycle's figures instead.
        if (record.message.starts_with("Receipt"))
            continue;
        CAPTURE(record.message);
        const auto has = [&record](std::string_view key)
        { return std::ranges::any_of(record.fields, [key](const auto& field) { return field.name == key; }); };
        CHECK((record.message.find("HTTP 401") != std::string::npos) == has("http_status"));
        CHECK((record.message.find("code 2000") != std::string::npos) == has("qualys_code"));
    }
    co_await it.stop();
}

asio::awaitable<void> it_works_again(collect_scene& scene)
{
    fetching it(scene);
    it.http->answers = {list(2), answer("", 500), answer("", 404), results(1), results(2)};
    co_await it.cycle();
    CHECK(it.ended == cycle_end::complete);
    CHECK(it.asked() == strings{"list", "1", "1", "1", "2"});
    CHECK(scene.report.quarantined.empty());
    co_await it.stop();
}

/// Neither the network, nor limits, nor maintenance are a scan's fault.
asio::awaitable<void> not_its_fault(collect_scene& scene)
{
    scripted_answer away;
    away.unreachable = asio::error::connection_refused;
    away.stage = call_stage::connect;
    for (const auto& trouble :
         {away,
          answer(refusal_document(1960, "Too many calls are running."), 409),
          answer(refusal_document(1999, "Maintenance."), 503)})
    {
        fetching it(scene);
        it.http->answers = {list(1), trouble, trouble, trouble, trouble, results(1)};
        co_await it.cycle();
        CHECK(it.ended == cycle_end::complete);
        CHECK(it.asked() == strings{"list", "1", "1", "1", "1", "1"});
        CHECK(scene.report.quarantined.empty());
        co_await it.stop();
    }
}

asio::awaitable<void> nothing_else_works(collect_scene& scene)
{
    scripted_answer away;
    away.unreachable = asio::error::connection_refused;
    away.stage = call_stage::connect;
    fetching it(scene);
    it.http->answers = {list(1), answer(""), answer(""), answer(""), away, results(1)};
    co_await it.cycle();
    CHECK(it.ended == cycle_end::complete);
    CHECK(it.asked() == strings{"list", "1", "1", "1", "light", "1"});
    CHECK(scene.report.quarantined.empty());
    co_await it.stop();
}

asio::awaitable<void> an_outage(collect_scene& scene)
{
    fetching it(scene);
    it.http->answers = {list(7)};
    for (int scan = 1; scan <= 6; ++scan)
        for (const auto& one : {answer("", 500), answer("", 500), answer("", 500), light()})
            it.http->answers.push_back(one);
    it.http->answers.push_back(answer("", 500));  // of the sixth, which is not blamed any more
    it.http->answers.push_back(light());
    for (const int scan : {6, 1, 2, 3, 4, 5, 7})
        it.http->answers.push_back(results(scan));
    co_await it.cycle();
    CHECK(it.ended == cycle_end::complete);
    CHECK(scene.sink.events() == 7);
    CHECK(scene.report.quarantined.empty());
    co_await it.stop();
}

}  // namespace

TEST_CASE("scan walk: a scan that cannot be read is left out alone, and tried once in each later cycle until it comes")
{
    play(one_bad_scan);
}

TEST_CASE("scan walk: a scan whose fetch is refused as a login is, while the login is good, is that scan's")
{
    play(a_refused_login_of_one_scan);
}

TEST_CASE("scan walk: a login that the light call finds refused is no scan's fault")
{
    play(a_refused_login);
}

TEST_CASE("scan walk: one that comes at its third try was never left out")
{
    play(it_works_again);
}

TEST_CASE("scan walk: network, limits and maintenance are no scan's fault")
{
    play(not_its_fault);
}

TEST_CASE("scan walk: no scan is blamed while nothing else works either")
{
    play(nothing_else_works);
}

TEST_CASE("scan walk: when scan after scan fails it is the endpoint's fault, and all are fetched")
{
    play(an_outage);
}
