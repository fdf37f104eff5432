// Several exchanges of one host service beside each other.

#include "host_walk.hpp"

#include <doctest/doctest.h>

#include <map>

using namespace qdc;
using namespace qdc::test;
using services::exchange;
using services::what_next;

namespace
{

using page = std::unique_ptr<exchange>;

struct lanes
{
    std::unique_ptr<services::service> service;
    std::string events;

    explicit lanes(std::uint32_t page_size = 2, qualys::parameters filters = {})
    {
        services::service_options options;
        options.page_size = page_size;
        options.filters = std::move(filters);
        service = services::make_host_list_detection(std::move(options), {"h", "t", {}, {}});
        service->begin_cycle(noon);
    }

    page next()
    {
        auto one = service->next();
        if (one)
            one->events().without_frames();
        return one;
    }

    /// Feeds a piece of an answer and takes its events.
    void feed(exchange& to, std::string_view bytes)
    {
        REQUIRE(to.reader().feed(bytes).has_value());
        take(to);
    }

    void take(exchange& from)
    {
        events += from.events().take();
        from.taken();
    }

    void finish(page& of)
    {
        REQUIRE(of->reader().finish().has_value());
        take(*of);
        CHECK_FALSE(of->done());
        of.reset();
    }

    void answer(page& to, std::string_view document)
    {
        feed(*to, document);
        finish(to);
    }

    std::size_t count(const std::string& part) const
    {
        std::size_t found = 0;
        for (auto at = events.find(part); at != std::string::npos; at = events.find(part, at + 1))
            ++found;
        return found;
    }

    /// Hosts 1 to 9 with two on a page; the list has come, and the page behind the first one is under way.
    page cut()
    {
        auto first = next();
        answer(first, hosts({1, 2}, more_from("3")));
        auto second = next();
        auto list = next();
        REQUIRE(list);
        answer(list, id_list("<ID_RANGE>3-9</ID_RANGE>"));
        return second;
    }

    static std::string hosts(const std::vector<int>& ids, const std::string& warning = {})
    {
        std::string all;
        for (const auto id : ids)
            all += detection_host(id, detection(100 + id));
        return detection_answer("<HOST_LIST>" + all + "</HOST_LIST>" + warning);
    }

    static std::string id_list(const std::string& ids)
    {
        return "<HOST_LIST_OUTPUT><RESPONSE><DATETIME>2024-01-10T12:00:00Z</DATETIME><ID_SET>" + ids +
               "</ID_SET></RESPONSE></HOST_LIST_OUTPUT>";
    }
};

std::string parameter(const page& of, const std::string& name)
{
    const auto found = of->call().form.find(name);
    return found == of->call().form.end() ? "" : found->second;
}

services::call_failure cut_off()
{
    return {.smaller = true, .reason = "cut", .now = noon};
}

}  // namespace

TEST_CASE("host lanes: one page needs no list of ids, however many lanes ask")
{
    lanes it;
    auto first = it.next();
    CHECK_FALSE(it.next());
    it.answer(first, lanes::hosts({1, 2}));
    CHECK_FALSE(it.next());
    CHECK(it.service->is_complete());
}

TEST_CASE("host lanes: a single lane never asks for a list")
{
    lanes it;
    for (const int id : {1, 3, 5})
    {
        auto one = it.next();
        CHECK(parameter(one, "details").empty());
        it.answer(one, lanes::hosts({id, id + 1}, id == 5 ? "" : more_from(std::to_string(id + 2))));
    }
    CHECK(it.service->is_complete());
    CHECK(it.count("\"DETECTION\"") == 6);
}

TEST_CASE("host lanes: the list has the window and the hosts of the service, and no filters of detections")
{
    lanes it(2, {{"ag_ids", "5"}, {"qids", "1"}, {"id_max", "100"}});
    auto first = it.next();
    it.answer(first, lanes::hosts({1, 2}, more_from("3")));
    const auto second = it.next();
    const auto list = it.next();
    REQUIRE(list);
    CHECK(std::string(qualys::name(list->call().which)) == "host_list");
    const qualys::parameters expected{
        {"action", "list"},
        {"ag_ids", "5"},
        {"details", "None"},
        {"id_max", "100"},
        {"id_min", "3"},
        {"truncation_limit", "0"}};
    CHECK(list->call().form == expected);
    CHECK(list->is_optional());
}

TEST_CASE("host lanes: ranges are pulled beside each other, each with its end, and each host comes once")
{
    lanes it;
    auto second = it.cut();
    CHECK(parameter(second, "id_max").empty());
    auto third = it.next();
    auto fourth = it.next();
    auto last = it.next();
    REQUIRE(last);
    CHECK_FALSE(it.next());
    CHECK(parameter(third, "id_min") == "5");
    CHECK(parameter(third, "id_max") == "6");
    CHECK(parameter(fourth, "id_min") == "7");
    CHECK(parameter(fourth, "id_max") == "8");
    CHECK(parameter(last, "id_min") == "9");
    CHECK(parameter(last, "id_max").empty());

    it.answer(fourth, lanes::hosts({7, 8}));
    it.answer(last, lanes::hosts({9}));
    it.answer(second, lanes::hosts({3, 4}, more_from("5")));
    CHECK_FALSE(it.next());
    CHECK_FALSE(it.service->is_complete());
    it.answer(third, lanes::hosts({5, 6}));
    CHECK_FALSE(it.next());
    CHECK(it.service->is_complete());
    CHECK(it.count("\"DETECTION\"") == 9);
    CHECK(it.service->state().find(R"("next_host":0,"known_hosts")") != std::string::npos);
    CHECK(it.service->watermark());
}

TEST_CASE("host lanes: hosts that a page without an end brings beyond its range are left to those whose they are")
{
    lanes it;
    auto second = it.cut();
    it.answer(second, lanes::hosts({4, 7}, more_from("8")));  // the list named hosts that have no detections
    CHECK(it.count("\"ID\":\"4\"") == 1);
    CHECK(it.count("\"ID\":\"7\"") == 0);
    CHECK(it.service->counts().received == 3);
    auto third = it.next();
    CHECK(parameter(third, "id_min") == "5");
}

TEST_CASE("host lanes: a host in front of its range that a page repeats is left to the range before")
{
    lanes it;
    auto second = it.cut();
    auto third = it.next();
    REQUIRE(third);
    CHECK(parameter(third, "id_min") == "5");
    it.answer(second, lanes::hosts({3, 4}));
    it.answer(third, lanes::hosts({4, 5, 6}));
    CHECK(it.count("\"ID\":\"4\"") == 1);
    CHECK(it.count("\"ID\":\"5\"") == 1);
}

TEST_CASE("host lanes: a state counts of each range what is in the outbox of it, and is taken up")
{
    lanes it;
    auto second = it.cut();
    auto third = it.next();
    auto fourth = it.next();
    const auto document = lanes::hosts({5, 6});
    it.feed(*third, std::string_view(document).substr(0, document.find("<HOST><ID>6") + 11));
    const auto fed = lanes::hosts({7, 8});
    auto untaken = std::string_view(fed);
    REQUIRE(fourth->reader().feed(untaken).has_value());
    const auto state = it.service->state();
    CHECK(state.find(R"("next_host":3,"ranges":[[3,4],[6,6],[7,8],[9,0]])") != std::string::npos);

    lanes again;
    REQUIRE(again.service->restore(state));
    again.service->begin_cycle(noon);
    std::map<std::string, std::string> asked;
    std::vector<page> all;
    for (auto one = again.next(); one; one = again.next())
    {
        asked[parameter(one, "id_min")] = parameter(one, "id_max");
        all.push_back(std::move(one));
    }
    CHECK(asked == std::map<std::string, std::string>{{"3", "4"}, {"6", "6"}, {"7", "8"}, {"9", ""}});
}

TEST_CASE("host lanes: an older state file is one range")
{
    lanes it;
    auto first = it.next();
    it.answer(first, lanes::hosts({1, 2}, more_from("3")));
    const auto state = it.service->state();
    CHECK(state.find("\"ranges\"") == std::string::npos);
    lanes again;
    REQUIRE(again.service->restore(state));
    again.service->begin_cycle(noon);
    const auto one = again.next();
    CHECK(parameter(one, "id_min") == "3");
    CHECK(parameter(one, "id_max").empty());
    CHECK_FALSE(again.next());
}

TEST_CASE("host lanes: a page that is cut behind the last host of its range is over")
{
    lanes it;
    auto second = it.cut();
    auto third = it.next();
    const auto document = lanes::hosts({5, 6});
    it.feed(*third, std::string_view(document).substr(0, document.find("</HOST_LIST>")));
    CHECK(third->failed(cut_off()) == what_next::over);
    third.reset();
    auto fourth = it.next();
    CHECK(parameter(fourth, "id_min") == "7");
}

TEST_CASE("host lanes: a range has a page size of its own")
{
    lanes it(4);
    auto first = it.next();
    it.answer(first, lanes::hosts({1, 2}, more_from("3")));
    auto second = it.next();
    auto list = it.next();
    it.answer(list, lanes::id_list("<ID_RANGE>3-30</ID_RANGE>"));
    auto third = it.next();
    auto fourth = it.next();
    for (const char* const less : {"2", "1"})
    {
        CHECK(third->failed(cut_off()) == what_next::smaller);
        CHECK(parameter(third, "truncation_limit") == less);
    }
    // What works elsewhere does not make it larger again: a host that cannot be read has to be found.
    it.answer(fourth, lanes::hosts({11, 12}));
    CHECK(third->failed(cut_off()) == what_next::again);
    CHECK(third->failed(cut_off()) == what_next::again);
    CHECK(third->failed(cut_off()) == what_next::suspect);
    CHECK(third->leave_out(cut_off()) == what_next::left_out);
    third.reset();
    const auto lookup = it.next();
    CHECK(parameter(lookup, "details") == "None");
    CHECK(parameter(lookup, "id_min") == "7");
    CHECK(parameter(lookup, "id_max") == "10");
    CHECK(parameter(it.next(), "truncation_limit") == "4");
}

TEST_CASE("host lanes: a host in quarantine at the end of a range ends it")
{
    lanes it;
    auto second = it.cut();
    auto third = it.next();
    const auto document = lanes::hosts({5, 6});
    it.feed(*third, std::string_view(document).substr(0, document.find("<HOST><ID>6") + 20));
    CHECK(third->failed({.record = true, .reason = "too_large", .now = noon}) == what_next::left_out);
    third.reset();
    CHECK(it.service->in_quarantine().size() == 1);
    CHECK(parameter(it.next(), "id_min") == "7");
}

TEST_CASE("host lanes: a page that is cut in front of a host in quarantine at the end of its range is over")
{
    lanes it;
    auto second = it.cut();
    auto third = it.next();
    auto fourth = it.next();
    const auto begin = lanes::hosts({5, 6});
    it.feed(*third, std::string_view(begin).substr(0, begin.find("<HOST><ID>6") + 20));
    CHECK(third->failed({.record = true, .reason = "too_large", .now = noon}) == what_next::left_out);
    third.reset();
    const auto state = it.service->state();
    lanes again;
    auto moved_back = state;  // host 5 is to come once more, and is followed by the one in quarantine
    const auto place = moved_back.find("[7,8]");
    REQUIRE(place != std::string::npos);
    moved_back.insert(place, "[5,6],");
    REQUIRE(again.service->restore(moved_back));
    again.service->begin_cycle(noon);
    auto one = again.next();
    while (parameter(one, "id_min") != "5")
        one = again.next();
    CHECK(parameter(one, "id_max") == "5");
    again.feed(*one, std::string_view(begin).substr(0, begin.find("<HOST><ID>6")));
    CHECK(one->failed(cut_off()) == what_next::over);
}

TEST_CASE("host lanes: without the list the window is pulled as before")
{
    lanes it;
    auto first = it.next();
    it.answer(first, lanes::hosts({1, 2}, more_from("3")));
    auto second = it.next();
    auto list = it.next();
    CHECK(list->failed({.lasting = true, .reason = "refused", .now = noon}) == what_next::over);
    list.reset();
    CHECK_FALSE(it.next());
    CHECK(it.service->take_notices().size() == 1);
    it.answer(second, lanes::hosts({3, 4}, more_from("5")));
    auto third = it.next();
    CHECK_FALSE(it.next());
    it.answer(third, lanes::hosts({5}));
    CHECK(it.service->is_complete());
}

TEST_CASE("host lanes: a list that was given back is asked for again, and one that is odd cuts nothing")
{
    lanes it;
    auto first = it.next();
    it.answer(first, lanes::hosts({1, 2}, more_from("3")));
    auto second = it.next();
    auto list = it.next();
    list.reset();
    list = it.next();
    REQUIRE(list);
    it.answer(list, lanes::id_list("<ID>9</ID><ID>4</ID><ID>5</ID><ID>6</ID>"));
    CHECK_FALSE(it.next());
    it.answer(second, lanes::hosts({3, 4}));
    CHECK(it.service->is_complete());
}

TEST_CASE("host lanes: of a range whose ids do not ascend nothing is lost when it is cut, whatever its last host is")
{
    lanes it(3);
    auto first = it.next();
    it.answer(first, lanes::hosts({1, 2}, more_from("3")));
    auto second = it.next();
    auto list = it.next();
    REQUIRE(list);
    it.answer(list, lanes::id_list("<ID_RANGE>3-20</ID_RANGE>"));
    // 5 is the last host of the range of the second page, and comes first.
    const auto document = lanes::hosts({5, 3, 4});
    it.feed(*second, std::string_view(document).substr(0, document.find("<HOST><ID>3")));
    CHECK(second->failed(cut_off()) != services::what_next::over);
    CHECK(parameter(second, "id_min") == "3");
    CHECK(parameter(second, "id_max") == "5");
    it.answer(second, document);
    for (const auto* id : {"3", "4", "5"})
        CHECK(it.count(std::string("\"ID\":\"") + id + '"') == 1);
    REQUIRE(it.service->take_notices().size() == 1);
}
