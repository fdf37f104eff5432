#include "scan_answers.hpp"
#include "services/vm_scans/endpoints.hpp"

using namespace qdc;
using namespace qdc::services;
using namespace qdc::services::test;
using namespace qdc::services::test::scans;

TEST_CASE("scans: the list is asked for first, over the last 30 days")
{
    auto options = usual();
    options.filters = {{"type", "Scheduled"}, {"show_status", "0"}};
    auto scans = vm_scans(options);
    scans->begin_cycle(noon);
    const auto call = scans.asked();
    CHECK(call.which == endpoints::scan_list);
    CHECK(
        call.form ==
        qualys::parameters{
            {"action", "list"},
            {"type", "Scheduled"},
            {"show_status", "1"},
            {"launched_after_datetime", "2026-10-23T11:59:59Z"}}
    );
}

TEST_CASE("scans: a finished one is fetched in full, and each finding becomes an event with its reference in front")
{
    auto scans = vm_scans();
    scans->begin_cycle(noon);
    CHECK_FALSE(scans.answer(list_of({{"scan/1"}})));

    const auto call = scans.asked();
    CHECK(call.which == endpoints::scan_fetch);
    CHECK(
        call.form ==
        qualys::parameters{
            {"action", "fetch"}, {"scan_ref", "scan/1"}, {"mode", "extended"}, {"output_format", "json_extended"}}
    );
    CHECK_FALSE(scans.answer(results_of("scan/1", {finding(38173), finding(70000)})));
    CHECK(scans.events() == strings{event("scan/1", 38173), event("scan/1", 70000)});
    CHECK(scans.is_over());
    CHECK(scans->counts().received == 2);
    CHECK(scans->counts().duplicate == 0);
}

TEST_CASE("scans: answers may come byte by byte")
{
    auto scans = vm_scans(usual(), 1);
    scans->begin_cycle(noon);
    CHECK_FALSE(scans.answer(list_of({{"scan/1"}, {"scan/2", "2026-11-22T07:00:00Z"}})));
    CHECK(fetched(scans) == strings{"scan/2", "scan/1"});
    CHECK(scans.events() == strings{event("scan/2", 1), event("scan/1", 1)});
}

TEST_CASE("scans: the one that was launched first is fetched first, and the log says how far it is")
{
    auto scans = vm_scans();
    const auto references = fetched(
        scans,
        noon,
        {{"scan/3", "2026-11-22T09:00:00Z"}, {"scan/1", "2026-11-20T09:00:00Z"}, {"scan/2", "2026-11-21T09:00:00Z"}}
    );
    CHECK(references == strings{"scan/1", "scan/2", "scan/3"});
    const strings expected{
        "Fetched scan with reference scan/1 (no. 1 out of 3)",
        "Fetched scan with reference scan/2 (no. 2 out of 3)",
        "Fetched scan with reference scan/3 (no. 3 out of 3)"};
    CHECK(scans->take_messages() == expected);
    CHECK(scans->take_messages().empty());
}

TEST_CASE("scans: what is finished is fetched, nothing else")
{
    auto scans = vm_scans();
    const auto references = fetched(
        scans,
        noon,
        {{"scan/1"},
         {"scan/2", "2026-11-22T08:00:00Z", "Canceled"},
         {"scan/3", "2026-11-22T08:00:00Z", "Error"},
         {"scan/4", "2026-11-22T08:00:00Z", "Running"},
         {"scan/5", "2026-11-22T08:00:00Z", "Paused"},
         {"scan/6", "2026-11-22T08:00:00Z", "Queued"},
         {"scan/7", "2026-11-22T08:00:00Z", "Loading"}}
    );
    CHECK(references == strings{"scan/1"});
}

TEST_CASE("scans: each is fetched once, also when its results are empty")
{
    auto scans = vm_scans();
    scans->begin_cycle(noon);
    CHECK_FALSE(scans.answer(list_of({{"scan/1", "2026-11-22T08:00:00Z", "Finished", "No_Vuln"}})));
    CHECK_FALSE(scans.answer(results_of("scan/1", {})));
    CHECK(scans.events().empty());
    CHECK(fetched(scans, later, {{"scan/1"}}).empty());
}

TEST_CASE("scans: one that found no host is not fetched at all")
{
    auto scans = vm_scans();
    CHECK(fetched(scans, noon, {{"scan/1", "2026-11-22T08:00:00Z", "Finished", "No_Host"}}).empty());
    CHECK(scans->watermark() == noon);
}

TEST_CASE("scans: one that was running is fetched when it has ended")
{
    auto scans = vm_scans();
    CHECK(fetched(scans, noon, {{"scan/1", "2026-11-22T08:00:00Z", "Running"}}).empty());
    CHECK(fetched(scans, later, {{"scan/1"}}) == strings{"scan/1"});
    CHECK(fetched(scans, later, {{"scan/1"}}).empty());
}

TEST_CASE("scans: an empty list completes the cycle")
{
    auto scans = vm_scans();
    scans->begin_cycle(noon);
    CHECK_FALSE(scans.answer("<SCAN_LIST_OUTPUT><RESPONSE><DATETIME>2026-11-22T12:00:00Z</DATETIME></RESPONSE>"
                             "</SCAN_LIST_OUTPUT>"));
    CHECK(scans.is_over());
    CHECK(scans->watermark() == noon);
}

TEST_CASE("scans: a consultant's client is named in the fetch as in the list")
{
    auto options = usual();
    options.filters = {{"client_id", "7"}, {"type", "API"}};
    auto scans = vm_scans(options);
    scans->begin_cycle(noon);
    CHECK_FALSE(scans.answer(list_of({{"scan/1"}})));
    CHECK(parameter(scans.asked(), "client_id") == "7");
    CHECK(parameter(scans.asked(), "type") == "-");
}

TEST_CASE("scans: the position names the scan that is fetched")
{
    auto scans = vm_scans();
    scans->begin_cycle(noon);
    CHECK(scans->position() == "the list of scans");
    CHECK_FALSE(scans.answer(list_of({{"scan/1"}})));
    CHECK(scans->position() == "scan/1");
}

TEST_CASE("scans: from a given mark on, what was launched since then is fetched, without the named ones")
{
    auto scans = vm_scans();
    REQUIRE(scans->restore(scans->state_at(at("2026-11-22T08:00:00Z"), {"scan/2"})));
    const auto references = fetched(
        scans, noon, {{"scan/1", "2026-11-22T07:59:59Z"}, {"scan/2"}, {"scan/3"}, {"scan/4", "2026-11-22T09:00:00Z"}}
    );
    CHECK(references == strings{"scan/3", "scan/4"});
    CHECK(fetched(scans, later, {{"scan/2"}, {"scan/3"}}).empty());
}

TEST_CASE("scans: STATE counts in any case, and beside STATUS")
{
    auto scans = vm_scans();
    CHECK(fetched(scans, noon, {{"scan/1", "2026-11-22T08:00:00Z", "FINISHED"}}) == strings{"scan/1"});
    auto body = list_of({{"scan/2"}});
    for (const std::string tag : {"<STATUS>", "</STATUS>"})
        body.erase(body.find(tag), tag.size());
    scans->begin_cycle(later);
    CHECK_FALSE(scans.answer(body));
    CHECK(fetched(scans) == strings{"scan/2"});
}

TEST_CASE("scans: a list that is cut without an address is a part: what it names is fetched, and it is no look")
{
    auto scans = vm_scans();
    scans->begin_cycle(noon);
    const auto from = parameter(scans.asked(), "launched_after_datetime");
    auto text = list_of({{"scan/1"}});
    text.insert(text.find("</RESPONSE>"), "<WARNING><CODE>1980</CODE><TEXT>limit exceeded</TEXT></WARNING>");
    CHECK_FALSE(scans.answer(text));
    CHECK(fetched(scans) == strings{"scan/1"});
    const auto notices = scans->take_notices();
    REQUIRE_FALSE(notices.empty());
    CHECK(notices.back().id == trouble_id::malformed);
    CHECK_FALSE(scans->watermark());
    // Longer away than the window is long: the same launches are asked for.
    scans->begin_cycle(noon + std::chrono::days(90));
    CHECK(parameter(scans.asked(), "launched_after_datetime") == from);
    CHECK_FALSE(scans.answer(list_of({{"scan/1"}, {"scan/2"}})));
    CHECK(fetched(scans) == strings{"scan/2"});
    CHECK(scans->watermark());
}

TEST_CASE("scans: a list that comes in parts is put together, whatever host its address names")
{
    auto scans = vm_scans();
    scans->begin_cycle(noon);
    const auto whole = list_of({{"scan/1"}});
    const auto part = [&whole](const std::string& url)
    {
        auto text = whole;
        return text.insert(
            text.find("</RESPONSE>"),
            "<WARNING><CODE>1980</CODE><TEXT>limit exceeded</TEXT><URL><![CDATA[" + url + "]]></URL></WARNING>"
        );
    };
    const std::string rest = "https://internal.example/api/3.0/fo/scan/?action=list&id_max=77&show_status=1";
    CHECK_FALSE(scans.answer(part(rest)));
    CHECK(parameter(scans.asked(), "id_max") == "77");
    CHECK(parameter(scans.asked(), "action") == "list");
    CHECK(scans.answer(part(rest)) == errc::cursor_stands_still);
    CHECK_FALSE(scans.answer(list_of({{"scan/2"}})));
    CHECK(fetched(scans) == strings{"scan/1", "scan/2"});
    scans->begin_cycle(later);
    CHECK(parameter(scans.asked(), "id_max") == "-");
}
