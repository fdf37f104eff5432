#include "walking.hpp"

#include <doctest/doctest.h>

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
    }
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

}  // namespace

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
