#include "host_walk.hpp"
#include "services/host_list/endpoint.hpp"
#include "services/host_list_detection/endpoint.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace qdc;
using namespace qdc::test;
using namespace std::chrono_literals;

namespace
{

std::string list(const std::string& hosts)
{
    return "<HOST_LIST>" + hosts + "</HOST_LIST>";
}

}  // namespace

TEST_CASE("hosts: every call says explicitly what is asked")
{
    host_walk walk;
    const qualys::parameters expected{
        {"action", "list"},
        {"output_format", "XML"},
        {"show_igs", "0"},
        {"show_results", "1"},
        {"status", "New,Active,Re-Opened"},
        {"truncation_limit", "1000"}};
    CHECK(walk.ask() == expected);
    CHECK(walk.next_call()->which == services::endpoints::host_list_detection);
}

TEST_CASE("hosts: filters of the configuration win over the defaults, the page size over both")
{
    services::service_options options;
    options.filters = {{"status", "Fixed"}, {"qids", "1,2"}, {"truncation_limit", "5"}, {"action", "x"}};
    options.page_size = 250;
    host_walk walk(options);
    const auto form = walk.ask();
    CHECK(form.at("status") == "Fixed");
    CHECK(form.at("qids") == "1,2");
    CHECK(form.at("show_results") == "1");
    CHECK(form.at("truncation_limit") == "250");
    CHECK(form.at("action") == "list");
}

TEST_CASE("hosts: host_list has defaults of its own")
{
    host_walk walk({}, false);
    const qualys::parameters expected{{"action", "list"}, {"truncation_limit", "1000"}};
    CHECK(walk.ask() == expected);
    CHECK(walk.next_call()->which == services::endpoints::host_list);
    CHECK(walk.service->name() == "host_list");
}

TEST_CASE("hosts: a padded URL of a foreign host gives the next id_min and nothing else")
{
    host_walk walk;
    auto first = walk.ask();
    REQUIRE_FALSE(walk.read(detection_answer(list(detection_host(5, detection(1))) + more_from("9"))));
    const auto second = walk.ask();
    first["id_min"] = "9";
    CHECK(second == first);
    REQUIRE_FALSE(walk.read(detection_answer("")));
    CHECK(walk.ask().empty());
    CHECK(walk.service->take_notices().empty());
}

TEST_CASE("hosts: a WARNING without URL is a notice and the end, told once")
{
    host_walk walk;
    const auto page = detection_answer("<WARNING><TEXT>Version 2.0 ends soon.</TEXT></WARNING>");
    for (int cycle = 0; cycle < 2; ++cycle)
    {
        REQUIRE_FALSE(walk.ask().empty());
        REQUIRE_FALSE(walk.read(page));
        CHECK(walk.ask().empty());
        CHECK(walk.service->take_notices().size() == (cycle == 0 ? 1u : 0u));
        walk.service->begin_cycle(noon + 60s);
    }
}

TEST_CASE("hosts: a notice beside the cursor neither hides it nor gets lost")
{
    host_walk walk;
    static_cast<void>(walk.ask());
    REQUIRE_FALSE(walk.read(detection_answer(
        list(detection_host(5, "")) + more_from("6") + "<WARNING><TEXT>Version 2.0 ends soon.</TEXT></WARNING>"
    )));
    CHECK(walk.ask()["id_min"] == "6");
    CHECK(
        walk.service->take_notices() ==
        std::vector<services::notice>{{trouble_id::notice, "Qualys says: Version 2.0 ends soon."}}
    );
}

TEST_CASE("hosts: a truncated answer without a usable URL goes on behind its last host")
{
    host_walk walk;
    static_cast<void>(walk.ask());
    REQUIRE_FALSE(walk.read(
        detection_answer(list(detection_host(5, "")) + "<WARNING><CODE>1980</CODE><TEXT>more</TEXT></WARNING>")
    ));
    CHECK(walk.ask()["id_min"] == "6");
    CHECK(walk.read(detection_answer("<WARNING><CODE>1980</CODE></WARNING>")) == errc::cursor_stands_still);
}

TEST_CASE("hosts: a cursor that stands still is an error, not an endless loop")
{
    host_walk walk;
    static_cast<void>(walk.ask());
    REQUIRE_FALSE(walk.read(detection_answer(list(detection_host(5, "")) + more_from("9"))));
    for (const char* const cursor : {"9", "8", "0", "", "x", "-1"})
    {
        CAPTURE(cursor);
        CHECK(walk.ask()["id_min"] == "9");
        CHECK(walk.read(detection_answer(more_from(cursor))) == errc::cursor_stands_still);
    }
}

TEST_CASE("hosts: a host that a page edge repeats gives no duplicate")
{
    host_walk walk;
    static_cast<void>(walk.ask());
    const auto repeated = detection_host(5, detection(1) + detection(2));
    REQUIRE_FALSE(walk.read(detection_answer(list(detection_host(4, detection(9)) + repeated) + more_from("5"))));
    static_cast<void>(walk.ask());
    REQUIRE_FALSE(walk.read(detection_answer(list(repeated + detection_host(6, "")))));
    CHECK(walk.count("\"ID\":\"5\"") == 2);
    CHECK(walk.count("\n") == 4);
    CHECK(walk.service->counts().received == 6);
    CHECK(walk.service->counts().duplicate == 2);
}

TEST_CASE("hosts: what is new in a repeated host is no duplicate")
{
    host_walk walk;
    static_cast<void>(walk.ask());
    const auto page = list(detection_host(5, detection(1))) + list(detection_host(5, detection(1) + detection(2)));
    REQUIRE_FALSE(walk.read(detection_answer(page)));
    CHECK(walk.count("\"QID\":\"1\"") == 1);
    CHECK(walk.count("\"QID\":\"2\"") == 1);
}

TEST_CASE("hosts: identical detections of one host are all kept, also when it comes again")
{
    host_walk walk;
    static_cast<void>(walk.ask());
    const auto host = detection_host(5, detection(1) + detection(1) + detection(1));
    REQUIRE_FALSE(walk.read(detection_answer(list(host + host))));
    CHECK(walk.count("\"QID\":\"1\"") == 3);
}

TEST_CASE("hosts: the retry of a cut answer gives only what is new, wherever it was cut")
{
    const std::string hosts[] = {
        detection_host(4, detection(1) + detection(2)),
        detection_host(5, detection(3) + detection(3)),
        detection_host(7, "")};
    const auto page = detection_answer(list(hosts[0] + hosts[1] + hosts[2]));
    host_walk whole;
    static_cast<void>(whole.ask());
    REQUIRE_FALSE(whole.read(page));

    for (std::size_t cut = 1; cut < page.size(); ++cut)
    {
        CAPTURE(cut);
        host_walk walk;
        static_cast<void>(walk.ask());
        walk.read_cut(page.substr(0, cut));
        const auto next = walk.ask()["id_min"];
        std::string rest;
        for (int i = next == "5" ? 1 : next == "6" ? 2 : next == "8" ? 3 : 0; i < 3; ++i)
            rest += hosts[i];
        REQUIRE_FALSE(walk.read(detection_answer(list(rest))));
        CHECK(walk.events == whole.events);
        CHECK(walk.ask().empty());
    }
}

TEST_CASE("hosts: a retry that is cut earlier than the first try brings nothing twice")
{
    const auto host = detection_host(5, detection(1) + detection(2) + detection(3));
    const auto page = detection_answer(list(host));
    host_walk walk;
    static_cast<void>(walk.ask());
    walk.read_cut(page.substr(0, page.find(detection(3))));
    walk.read_cut(page.substr(0, page.find(detection(2))));
    REQUIRE_FALSE(walk.read(page));
    CHECK(walk.count("\"QID\":\"1\"") == 1);
    CHECK(walk.count("\"QID\":\"2\"") == 1);
    CHECK(walk.count("\"QID\":\"3\"") == 1);
    CHECK(walk.count("\n") == 3);
}

TEST_CASE("hosts: a cut answer goes on with the host that was not complete")
{
    host_walk walk;
    static_cast<void>(walk.ask());
    const auto page = detection_answer(list(detection_host(5, detection(1)) + detection_host(8, detection(2))));
    walk.read_cut(page.substr(0, page.find("<QID>2")));
    CHECK(walk.ask()["id_min"] == "6");
    CHECK(walk.service->position() == "host 6");
    CHECK(walk.service->state().find("\"next_host\":6") != std::string::npos);
}

namespace
{

/// What a server has of the hosts 9, 5 and 7, in this order, between the ids of a call.
std::string disordered_hosts(qualys::parameters form)
{
    const auto edge = [&form](const char* name, int none)
    { return form.contains(name) ? std::stoi(form[name]) : none; };
    std::string hosts;
    for (const int id : {9, 5, 7})
        if (id >= edge("id_min", 0) && id <= edge("id_max", 99))
            hosts += detection_host(id, detection(1));
    return hosts;
}

void check_all_came(const host_walk& walk)
{
    for (const auto* id : {"9", "5", "7"})
        CHECK(walk.count(std::string("\"ID\":\"") + id + '"') >= 1);
}

}  // namespace

TEST_CASE("hosts: of a page whose ids do not ascend nothing is lost, wherever it is cut, and it is said once")
{
    const auto whole = detection_answer(list(disordered_hosts({})));
    for (auto size = whole.find("<HOST>"); size < whole.find("</HOST_LIST>"); ++size)
    {
        CAPTURE(size);
        host_walk walk;
        walk.read_cut(whole.substr(0, size));
        for (auto form = walk.ask(); !form.empty(); form = walk.ask())
            REQUIRE_FALSE(walk.read(detection_answer(list(disordered_hosts(form)))));
        check_all_came(walk);
        CHECK(walk.count("\"ID\":\"9\"") <= 2);
        CHECK(walk.service->take_notices().size() == 1);
    }
}

TEST_CASE("hosts: order that breaks late takes back what earlier cuts were trusted with")
{
    // 3 and 4 stand in order, so the cut in front of 2 goes on behind them; then 9 comes in front of 7.
    const auto first = list(detection_host(3, "") + detection_host(4, "") + detection_host(2, ""));
    host_walk walk;
    const auto whole = detection_answer(first);
    walk.read_cut(whole.substr(0, whole.find("<HOST><ID>2")));
    CHECK(walk.ask()["id_min"] == "5");
    REQUIRE_FALSE(walk.read(detection_answer(list(detection_host(9, "") + detection_host(7, "")))));
    CHECK_FALSE(walk.ask().contains("id_min"));
    REQUIRE_FALSE(walk.read(detection_answer(first)));
    CHECK(walk.count("\"ID\":\"2\"") == 1);
    CHECK(walk.ask().empty());
    CHECK(walk.service->take_notices().size() == 1);
}

TEST_CASE("hosts: a damaged host with which a page begins takes none with it that stands behind it")
{
    host_walk walk;
    auto& reader = walk.open();
    CHECK(walk.feed(reader, detection_answer(list("<HOST><ID>9</ID><IP>&eacute;</IP></HOST>"))) == errc::xml_malformed);
    CHECK(walk.current->failed({.record = true}) == services::what_next::left_out);
    CHECK(walk.ask()["id_max"] == "8");
    REQUIRE_FALSE(walk.read(detection_answer(list(detection_host(5, "") + detection_host(7, "")))));
    CHECK(walk.count("\n") == 2);
    CHECK(walk.ask()["id_min"] == "10");
}

TEST_CASE("hosts: a truncated page whose ids do not ascend is asked for as a whole")
{
    const std::string more = "<WARNING><CODE>1980</CODE></WARNING>";
    host_walk walk;
    REQUIRE_FALSE(walk.read(detection_answer(list(detection_host(9, "") + detection_host(5, "")) + more)));
    const auto form = walk.ask();
    CHECK_FALSE(form.contains("id_min"));
    CHECK(form.at("truncation_limit") == "0");
    REQUIRE_FALSE(walk.read(detection_answer(list(disordered_hosts({})))));
    check_all_came(walk);
    CHECK(walk.ask().empty());

    host_walk stubborn;
    REQUIRE_FALSE(stubborn.read(detection_answer(list(disordered_hosts({})) + more)));
    CHECK(stubborn.read(detection_answer(list(disordered_hosts({})) + more)) == errc::cursor_stands_still);
}
