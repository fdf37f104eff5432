#include "played_qualys.hpp"
#include "walking.hpp"

#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <vector>

namespace asio = boost::asio;
using namespace qdc;
using namespace qdc::test;
using namespace std::chrono_literals;
using collect::cycle_end;

namespace
{

asio::awaitable<void> an_older_version(collect_scene& scene)
{
    qualys::api_versions versions(std::map<std::string, std::string>{{"host_list_detection", "auto"}});
    walking it(scene, 4, versions);
    it.http->answers = {answer("", 404), light_answer(), page_of(1), page_of(2)};
    co_await it.cycle();
    CHECK(it.ended == cycle_end::complete);
    CHECK(it.http->requests[2].target == "/api/4.0/fo/asset/host/vm/detection/");
    CHECK(scene.records.count("Version 5.0 of host_list_detection is gone; 4.0 is used from now on") == 1);
    co_await it.cycle();
    CHECK(it.http->requests[3].target == "/api/4.0/fo/asset/host/vm/detection/");
    co_await it.stop();
}

/// Each of two refusals names one of the three extra parameters, and one that is none of them.
asio::awaitable<void> unknown_parameters(collect_scene& scene)
{
    const qualys::parameters extra{{"first", "1"}, {"second", "a,b"}, {"third", "x"}};
    walking it(scene, 4, qualys::api_versions(), extra);
    it.http->answers = {
        answer(refusal_document(1901, "Unrecognized parameter(s): third, fourth"), 400),
        answer(refusal_document(1901, "Unrecognized parameter(s): first"), 400),
        page_of(1),
        page_of(2)};
    co_await it.cycle();
    CHECK(it.ended == cycle_end::complete);
    CHECK((it.asked(0, "first=1") && it.asked(0, "second=a%2Cb") && it.asked(0, "third=x")));
    CHECK((it.asked(1, "first=1") && it.asked(1, "second=a%2Cb") && !it.asked(1, "third=x")));
    CHECK((!it.asked(2, "first=1") && it.asked(2, "second=a%2Cb") && !it.asked(2, "third=x")));
    CHECK(scene.records.count("extra_parameters.third of host_list_detection is left out until the next start") == 1);
    co_await it.cycle();
    CHECK((!it.asked(3, "first=1") && it.asked(3, "second=a%2Cb") && !it.asked(3, "third=x")));
    co_await it.stop();
}

/// Nothing of ours is named: it is the call that is refused.
asio::awaitable<void> an_unknown_filter(collect_scene& scene)
{
    const qualys::parameters extra{{"first", "1"}};
    walking it(scene, 4, qualys::api_versions(), extra);
    it.http->answers = {answer(refusal_document(1901, "Unrecognized parameter(s): first_of_all"), 400)};
    co_await it.cycle();
    CHECK(it.ended == cycle_end::failed);
    CHECK(it.http->requests.size() == 1);
    co_await it.stop();
}

asio::awaitable<void> a_retired_version(collect_scene& scene)
{
    walking it(scene);
    it.http->answers = {answer("", 404), light_answer()};
    co_await it.cycle();
    CHECK(it.ended == cycle_end::retired);
    CHECK(scene.report.failure == trouble_id::retired);
    CHECK(scene.records.count("the key inputs.qualys.api_versions.host_list_detection says which one is asked") == 1);
    CHECK(scene.report.errors == std::map<std::string, std::uint64_t>{{"retired", 1}});
    co_await it.stop();
}

asio::awaitable<void> a_host_that_knows_nothing(collect_scene& scene)
{
    qualys::api_versions versions(std::map<std::string, std::string>{{"host_list_detection", "auto"}});
    walking it(scene, 4, versions);
    const std::string page = "<html><head><title>Welcome to nginx</title></head></html>";
    for (const auto& light : {answer(page, 404), answer(page, 302), answer(page)})
    {
        it.http->answers = {answer(page, 404), light};
        co_await it.cycle();
        CHECK(it.ended == cycle_end::failed);
        CHECK(scene.report.failing);
        CHECK(scene.report.failure == trouble_id::hostname);
        CHECK(scene.report.last_errors.front().id == trouble_id::hostname);
    }
    CHECK(scene.report.errors.at("hostname") == 3);
    CHECK(scene.records.count("The key inputs.qualys.credentials.hostname has to name the API server") == 3);
    CHECK(scene.records.count("Welcome to nginx") == 6);  // the error, and the receipt
    CHECK(scene.records.count("api_versions") == 0);
    CHECK(scene.report.errors == std::map<std::string, std::uint64_t>{{"hostname", 3}});
    CHECK(scene.report.last_errors.front().id == trouble_id::hostname);
    CHECK(it.http->requests[4].target == "/api/5.0/fo/asset/host/vm/detection/");
    co_await it.stop();
}

asio::awaitable<void> a_redirect(collect_scene& scene)
{
    walking it(scene);
    auto moved = answer("", 301);
    moved.fields = {{"location", "https://www.example.com/portal"}};
    it.http->answers = {moved};
    co_await it.cycle();
    CHECK(it.ended == cycle_end::failed);
    CHECK(it.http->requests.size() == 1);
    CHECK(scene.records.count("a redirect to www.example.com") == 2);  // the error, and the receipt
    CHECK(scene.records.count("credentials.hostname") == 1);
    co_await it.stop();
}

/// Services of one input, over one login, each with a page of its own in each cycle.
struct neighbours
{
    explicit neighbours(collect_scene& around) : scene(around), qualys{around.time}, group(around.ex)
    {
        qualys.hosts = 1;
        qualys.limit = 0;
        scene.sink.confirms_at_once = true;
        for (auto& report : reports)
        {
            stores.push_back(std::make_unique<fake_store>(scene.ex));
            collect::puller_parts parts{
                detections(2),
                std::make_unique<played_source>(qualys),
                scene.sink,
                *stores.back(),
                scene.shared,
                report,
                scene.time,
                scene.log,
                [] { return 0.0; },
                {}};
            collect::puller_options options{scene.key, secret("Basic x"), 60s, std::nullopt, "", {}};
            options.lanes = 1;
            pullers.push_back(std::make_unique<collect::puller>(scene.ex, std::move(parts), std::move(options)));
            group.spawn("saver", pullers.back()->save_checkpoints());
            group.spawn("run", pullers.back()->run());
        }
    }

    asio::awaitable<void> pass(int seconds)
    {
        for (int second = 0; second < seconds; ++second)
        {
            co_await turn(100);
            // The others look every 50 ms whether the first call has shown something.
            for (int look = 0; look < 5; ++look)
            {
                scene.time.advance(200ms);
                co_await turn(20);
            }
        }
    }

    std::uint64_t cycles(const std::string& outcome)
    {
        std::uint64_t all = 0;
        for (auto& report : reports)
            all += report.cycles[outcome];
        return all;
    }

    std::size_t refused_services() const
    {
        return static_cast<std::size_t>(std::ranges::count(reports, service_phase::refused, &service_report::phase));
    }

    collect_scene& scene;
    played_qualys qualys;
    std::array<service_report, 4> reports;
    std::vector<std::unique_ptr<fake_store>> stores;
    std::vector<std::unique_ptr<collect::puller>> pullers;
    task_group group;
};

asio::awaitable<void> one_refusal_for_all(collect_scene& scene)
{
    neighbours it(scene);
    co_await it.pass(30);
    CHECK(it.cycles("complete") == 4);
    // The password changes; each service has a call under way when the first refusal comes, and the light call takes a while.
    it.qualys.refuses_logins = true;
    it.qualys.light_time = 5s;
    co_await it.pass(50);
    CHECK(it.qualys.bad_logins == 4 + 1);
    CHECK(scene.shared.refused_logins() == 1);
    CHECK(it.cycles("login") == 4);
    CHECK(it.refused_services() == 4);
    CHECK(scene.records.count("is refused altogether, 1 time in a row") == 1);
    CHECK(scene.records.count("The login was refused") == 0);

    // A minute later one of them tries, with its light call; then two minutes, then four.
    co_await it.pass(60);
    CHECK(it.qualys.bad_logins == 5 + 2);
    CHECK(it.cycles("login") == 4 + 1);
    CHECK(it.refused_services() == 4);
    CHECK(scene.records.count("is refused altogether, 2 times in a row") == 1);
    co_await it.pass(130);
    CHECK(it.qualys.bad_logins == 7 + 2);
    CHECK(it.cycles("login") == 4 + 2);

    // Right again: all of them go on, those whose cycle waits for it too.
    it.qualys.refuses_logins = false;
    co_await it.pass(250);
    CHECK(it.qualys.bad_logins == 9);
    CHECK(it.cycles("complete") >= 8);
    CHECK(it.refused_services() == 0);
    CHECK(scene.records.count("The login of input qualys is accepted again, after ") == 1);
    CHECK(scene.records.count("; it was refused 3 times") == 1);
    it.group.stop();
    co_await it.group.join();
}

}  // namespace

TEST_CASE("walk: services whose calls are refused side by side are one bad login, and one of them tries again")
{
    play(one_refusal_for_all);
}

TEST_CASE("walk: auto takes the next older version when one is gone, and remembers")
{
    play(an_older_version);
}

TEST_CASE("walk: an extra parameter that Qualys refuses by name is left out, in later cycles too")
{
    play(unknown_parameters);
}

TEST_CASE("walk: a refusal that names none of the extra parameters is a refusal of the call")
{
    play(an_unknown_filter);
}

TEST_CASE("walk: a fixed version that is gone names the key to set")
{
    play(a_retired_version);
}

TEST_CASE("walk: where the light call finds nothing either it is the host that is wrong, and no version is given up")
{
    play(a_host_that_knows_nothing);
}

TEST_CASE("walk: a redirect names the host it points at and the key to correct")
{
    play(a_redirect);
}
