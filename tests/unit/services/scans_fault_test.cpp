#include "scan_answers.hpp"
#include "services/vm_scans/endpoints.hpp"

using namespace qdc;
using namespace qdc::services;
using namespace qdc::services::test;
using namespace qdc::services::test::scans;

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
        CHECK(scans.is_over());
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
        CHECK(scans.is_over());
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
    CHECK(parameter(scans.asked(), "action") == "list");
    CHECK(scans.fail({.lasting = true}) == what_next::give_up);
    CHECK(parameter(scans.asked(), "action") == "list");
    CHECK_FALSE(scans->watermark());
}

TEST_CASE("scans: one that cannot be had is left out, the others are fetched, and the next cycle asks for it again")
{
    auto scans = vm_scans();
    scans->begin_cycle(noon);
    const std::vector<scan> listed{{"scan/1"}, {"scan/2"}};
    CHECK_FALSE(scans.answer(list_of(listed)));
    CHECK(scans.answer(refusal_body(1905, "no results any more")) == errc::refused);
    scans.asked();
    CHECK(scans.fail_alone() == what_next::left_out);
    CHECK(scans->take_notices().size() == 1);
    REQUIRE(scans->in_quarantine().size() == 1);
    CHECK(scans->in_quarantine()[0].id == "scan/1");
    CHECK(fetched(scans) == strings{"scan/2"});
    CHECK(scans->watermark() == noon);  // as far as hosts in quarantine: what is named as left out holds up nothing

    CHECK(fetched(scans, later, listed) == strings{"scan/1"});
    CHECK(scans->watermark() == later);
}

TEST_CASE("scans: a call that was never opened can be passed over too")
{
    auto scans = vm_scans();
    scans->begin_cycle(noon);
    CHECK_FALSE(scans.answer(list_of({{"scan/1"}})));
    CHECK(scans.asked().which == endpoints::scan_fetch);
    CHECK(scans.fail_alone() == what_next::left_out);
    CHECK(scans.is_over());
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
    CHECK(scans.fault() == "byte 9");
    const auto refusal = refusal_body(1905, "no");
    CHECK(scans.answer(refusal.substr(0, refusal.size() - 10)) == errc::root_not_closed);
    CHECK(scans.events().empty());
    CHECK(fetched(scans) == strings{"scan/1"});
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
