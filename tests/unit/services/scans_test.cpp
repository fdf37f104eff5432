#include "by_hand.hpp"
#include "services/scans.hpp"

using namespace qdc;
using namespace qdc::services;
using namespace qdc::services::test;

namespace
{

service_options usual()
{
    service_options options;
    return options;
}

by_hand vm_scans(const service_options& options = usual(), std::size_t piece = std::string::npos)
{
    return by_hand(make_vm_scans(options, {"collector", "vuln.qualys.vulnerabilities", "", {}}), piece);
}

const auto noon = at("2026-11-22T12:00:00Z");
const auto later = at("2026-11-22T12:01:00Z");

struct scan
{
    std::string reference;
    std::string launched{"2026-11-22T08:00:00Z"};
    std::string state{"Finished"};
    std::string sub_state{};
};

std::string list_of(const std::vector<scan>& scans)
{
    std::string body = "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<SCAN_LIST_OUTPUT>\n<RESPONSE>\n"
                       "<DATETIME>2026-11-22T12:00:00Z</DATETIME>\n<SCAN_LIST>\n";
    for (const auto& one : scans)
    {
        body += "<SCAN><REF>" + one.reference + "</REF><TYPE>API</TYPE><TITLE><![CDATA[DMZ & edge]]></TITLE>";
        body += "<LAUNCH_DATETIME>" + one.launched + "</LAUNCH_DATETIME><DURATION>01:12:09</DURATION>";
        body += "<STATUS><STATE>" + one.state + "</STATE>";
        body += one.sub_state.empty() ? "" : "<SUB_STATE>" + one.sub_state + "</SUB_STATE>";
        body += "</STATUS><TARGET><![CDATA[192.0.2.0-192.0.2.63]]></TARGET></SCAN>\n";
    }
    return body + "</SCAN_LIST>\n</RESPONSE>\n</SCAN_LIST_OUTPUT>\n";
}

std::string finding(int qid)
{
    return R"({"ip":"192.0.2.5","netbios":null,"qid":)" + std::to_string(qid) + R"(,"severity":"2"})";
}

std::string results_of(const std::string& reference, const strings& findings)
{
    std::string body = R"([{"scan_report_template_title":"Scan Results","company":"Acme"},)"
                       R"({"launch_date":"11/22/2026 08:00:00","status":"Finished","reference":")" +
                       reference + "\"}";
    for (const auto& one : findings)
        body += ",\n" + one;
    return body + R"(,{"target_distribution_across_scanner_appliances":"External : 192.0.2.0-192.0.2.63"}])";
}

std::string event(const std::string& reference, int qid)
{
    return R"({"scan_reference":")" + reference + R"(","ip":"192.0.2.5","netbios":null,"qid":)" + std::to_string(qid) +
           R"(,"severity":"2"})";
}

/// References that are fetched, in their order, each with one finding; the cycle is over then.
strings fetched(by_hand& scans)
{
    strings references;
    while (const auto call = scans->next_call())
    {
        references.push_back(parameter(*call, "scan_ref"));
        CHECK_FALSE(scans.answer(results_of(references.back(), {finding(1)})));
    }
    return references;
}

strings fetched(by_hand& scans, utc_time now, const std::vector<scan>& listed)
{
    scans->begin_cycle(now);
    CHECK_FALSE(scans.answer(list_of(listed)));
    return fetched(scans);
}

}  // namespace

TEST_CASE("scans: the list is asked for first, over the last 30 days")
{
    auto options = usual();
    options.filters = {{"type", "Scheduled"}, {"show_status", "0"}};
    auto scans = vm_scans(options);
    scans->begin_cycle(noon);
    const auto call = scans.asked();
    CHECK(call.which == qualys::endpoint::scan_list);
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
    CHECK(call.which == qualys::endpoint::scan_fetch);
    CHECK(
        call.form ==
        qualys::parameters{
            {"action", "fetch"}, {"scan_ref", "scan/1"}, {"mode", "extended"}, {"output_format", "json_extended"}}
    );
    CHECK_FALSE(scans.answer(results_of("scan/1", {finding(38173), finding(70000)})));
    CHECK(scans.events() == strings{event("scan/1", 38173), event("scan/1", 70000)});
    CHECK_FALSE(scans->next_call());
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

TEST_CASE("scans: after a cut, rows that were handed out do not come again")
{
    const auto whole = results_of("scan/1", {finding(1), finding(2), finding(2), finding(3)});
    for (std::size_t size = 0; size < whole.size(); ++size)
    {
        CAPTURE(size);
        auto scans = vm_scans();
        scans->begin_cycle(noon);
        CHECK_FALSE(scans.answer(list_of({{"scan/1"}})));
        scans.cut(whole.substr(0, size));
        CHECK(parameter(scans.asked(), "scan_ref") == "scan/1");
        CHECK_FALSE(scans.answer(whole));
        CHECK(
            scans.events() == strings{event("scan/1", 1), event("scan/1", 2), event("scan/1", 2), event("scan/1", 3)}
        );
        CHECK(scans->counts().received - scans->counts().duplicate == 4);
        CHECK_FALSE(scans->next_call());
    }
}

TEST_CASE("scans: nor do they in the next cycle, or after a restart")
{
    const auto whole = results_of("scan/1", {finding(1), finding(2), finding(3)});
    auto first = vm_scans();
    first->begin_cycle(noon);
    CHECK_FALSE(first.answer(list_of({{"scan/1"}})));
    first.cut(whole.substr(0, whole.find(finding(3))));
    CHECK(first.events() == strings{event("scan/1", 1), event("scan/1", 2)});

    auto second = vm_scans();
    REQUIRE(second->restore(first->state()));
    CHECK(second->state() == first->state());
    for (auto* const scans : {&first, &second})
    {
        (*scans)->begin_cycle(later);
        CHECK_FALSE(scans->answer(list_of({{"scan/1"}})));
        CHECK_FALSE(scans->answer(whole));
        CHECK(scans->events() == strings{event("scan/1", 3)});
    }
}

TEST_CASE("scans: a scan whose rows have changed since the cut is handed out whole, so that nothing is missing")
{
    const auto before = results_of("scan/1", {finding(1), finding(2), finding(3)});
    for (const auto& after :
         {strings{finding(4), finding(2), finding(3)},
          strings{finding(2), finding(1), finding(3)},
          strings{finding(1)}})
    {
        auto scans = vm_scans();
        scans->begin_cycle(noon);
        CHECK_FALSE(scans.answer(list_of({{"scan/1"}})));
        scans.cut(before.substr(0, before.find(finding(3))));
        scans.events();

        CHECK_FALSE(scans.answer(results_of("scan/1", after)));
        CHECK(scans.events().empty());
        CHECK(scans->take_messages().empty());
        CHECK(scans->take_notices().size() == 1);

        CHECK(parameter(scans.asked(), "scan_ref") == "scan/1");
        CHECK_FALSE(scans.answer(results_of("scan/1", after)));
        CHECK(scans.events().size() == after.size());
        CHECK_FALSE(scans->next_call());
    }
}

TEST_CASE("scans: one is done only after its last finding; a state from its middle asks for the rest")
{
    strings findings, events;
    for (int qid = 1; qid <= 3000; ++qid)
    {
        findings.push_back(finding(qid));
        events.push_back(event("scan/1", qid));
    }
    const auto whole = results_of("scan/1", findings);
    auto scans = vm_scans();
    scans->begin_cycle(noon);
    CHECK_FALSE(scans.answer(list_of({{"scan/1"}})));
    CHECK_FALSE(scans.answer(whole));
    CHECK(scans.events() == events);
    REQUIRE(scans.states().size() > 2);
    for (const auto& [handed_out, state] : scans.states())
    {
        auto again = vm_scans();
        REQUIRE(again->restore(state));
        again->begin_cycle(later);
        CHECK_FALSE(again.answer(list_of({{"scan/1"}})));
        CHECK_FALSE(again.answer(whole));
        CHECK(again.events() == strings(events.begin() + static_cast<std::ptrdiff_t>(handed_out), events.end()));
    }
}

TEST_CASE("scans: a refusal is reported with its code, although JSON was asked for")
{
    auto scans = vm_scans();
    scans->begin_cycle(noon);
    CHECK_FALSE(scans.answer(list_of({{"scan/1"}})));
    CHECK(scans.answer(refusal_body(1965, "Try again later.")) == errc::refused);
    CHECK(scans.refused().code == 1965);
    CHECK(scans.refused().text == "Try again later.");
    CHECK(parameter(scans.asked(), "scan_ref") == "scan/1");
}

TEST_CASE("scans: a list may be refused as well")
{
    auto scans = vm_scans();
    scans->begin_cycle(noon);
    CHECK(scans.answer(refusal_body(1901, "Unrecognized parameter(s)")) == errc::refused);
    CHECK(scans.refused().code == 1901);
    CHECK_FALSE(scans->skip_call());
    CHECK(parameter(scans.asked(), "action") == "list");
    CHECK_FALSE(scans->watermark());
}

TEST_CASE("scans: one that is refused for good is passed over until the next cycle, and the others are fetched")
{
    auto scans = vm_scans();
    scans->begin_cycle(noon);
    const std::vector<scan> listed{{"scan/1"}, {"scan/2"}};
    CHECK_FALSE(scans.answer(list_of(listed)));
    CHECK(scans.answer(refusal_body(1905, "no results any more")) == errc::refused);
    CHECK(scans->skip_call());
    CHECK(scans->take_notices().size() == 1);
    CHECK(fetched(scans) == strings{"scan/2"});
    CHECK_FALSE(scans->watermark());

    CHECK(fetched(scans, later, listed) == strings{"scan/1"});
    CHECK(scans->watermark() == later);
}

TEST_CASE("scans: a call that was never opened can be passed over too")
{
    auto scans = vm_scans();
    scans->begin_cycle(noon);
    CHECK_FALSE(scans.answer(list_of({{"scan/1"}})));
    CHECK(scans.asked().which == qualys::endpoint::scan_fetch);
    CHECK(scans->skip_call());
    CHECK_FALSE(scans->next_call());
    CHECK_FALSE(scans->skip_call());
}

TEST_CASE("scans: what is neither results nor list is named")
{
    auto scans = vm_scans();
    scans->begin_cycle(noon);
    CHECK(scans.answer("<!doctype html><html><body>Down<br></body></html>") == errc::not_a_document);
    CHECK(scans.answer("<SCAN_LIST_OUTPUT><RESPONSE><SCAN_LIST><SCAN>") == errc::root_not_closed);
    CHECK(scans.answer("<OTHER><RESPONSE/></OTHER>") == errc::unexpected_root);
    CHECK(scans.fault() == "its root is <OTHER>");
    CHECK_FALSE(scans.answer(list_of({{"scan/1"}})));

    CHECK(scans.answer(" <!doctype html><html><body>Down<br></body></html>") == errc::not_a_document);
    CHECK(scans.answer("<html><body>Down</body></html>") == errc::not_a_document);
    CHECK(scans.answer("\"Down\"") == errc::not_a_document);
    CHECK(scans.answer("") == errc::not_a_document);
    CHECK(scans.answer("[{\"qid\":1") == errc::json_malformed);
    CHECK(scans.answer("[{\"qid\":1]") == errc::json_malformed);
    CHECK(scans.fault() == R"(byte 9, near "[{"qid":1]")");
    const auto refusal = refusal_body(1905, "no");
    CHECK(scans.answer(refusal.substr(0, refusal.size() - 10)) == errc::root_not_closed);
    CHECK(scans.events().empty());
    CHECK(fetched(scans) == strings{"scan/1"});
}

TEST_CASE("scans: an empty list completes the cycle")
{
    auto scans = vm_scans();
    scans->begin_cycle(noon);
    CHECK_FALSE(scans.answer("<SCAN_LIST_OUTPUT><RESPONSE><DATETIME>2026-11-22T12:00:00Z</DATETIME></RESPONSE>"
                             "</SCAN_LIST_OUTPUT>"));
    CHECK_FALSE(scans->next_call());
    CHECK(scans->watermark() == noon);
}

TEST_CASE("scans: of a list that was cut nothing is used")
{
    auto scans = vm_scans();
    scans->begin_cycle(noon);
    const auto list = list_of({{"scan/1"}, {"scan/2"}});
    scans.cut(list.substr(0, list.find("scan/2")));
    CHECK(parameter(scans.asked(), "action") == "list");
    CHECK_FALSE(scans.answer(list));
    CHECK(fetched(scans) == strings{"scan/1", "scan/2"});
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
