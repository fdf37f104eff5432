#include "services/knowledge_base/endpoint.hpp"
#include "services/knowledge_base/entry.hpp"
#include "services/knowledge_base/kb_service.hpp"
#include "unit/services/by_hand.hpp"

#include <map>

using namespace qdc;
using namespace qdc::services;
using namespace qdc::services::test;

namespace
{

const auto noon = at("2026-11-22T12:00:00Z");

std::string answer_of(const std::string& inside)
{
    return "<?xml version=\"1.0\"?><KNOWLEDGE_BASE_VULN_LIST_OUTPUT><RESPONSE><DATETIME>2026-11-22T12:00:00Z"
           "</DATETIME>" +
           inside + "</RESPONSE></KNOWLEDGE_BASE_VULN_LIST_OUTPUT>";
}

std::string ids(const std::string& inside)
{
    return answer_of("<ID_SET>" + inside + "</ID_SET>");
}

std::string vuln(std::uint64_t qid, const std::string& title = "t")
{
    return "<VULN><QID>" + std::to_string(qid) + "</QID><TITLE><![CDATA[" + title + "]]></TITLE></VULN>";
}

std::string list_of(const std::string& vulns)
{
    return answer_of("<VULN_LIST>" + vulns + "</VULN_LIST>");
}

/// The WARNING of an answer that was cut; `address`: with the parameters that lead on, "" without an address.
std::string more(const std::string& address)
{
    return "<WARNING><CODE>1980</CODE><TEXT>3 record limit exceeded.</TEXT>" +
           (address.empty() ? std::string() : "<URL><![CDATA[https://h/?action=list&" + address + "]]></URL>") +
           "</WARNING>";
}

std::string event_of(std::uint64_t qid, const std::string& title = "t")
{
    return R"({"QID":")" + std::to_string(qid) + R"(","TITLE":")" + title + R"("})";
}

/// An index in a map, with a generation that the test sets.
struct index_values final : keyed_values
{
    std::optional<std::string_view> find(std::uint64_t key) override
    {
        const auto found = all.find(key);
        return found == all.end() ? std::nullopt : std::optional<std::string_view>(found->second);
    }

    std::optional<std::uint64_t> next(std::uint64_t) override { return std::nullopt; }

    void put(std::uint64_t key, std::string value) override { all[key] = std::move(value); }

    void erase(std::uint64_t key) override { all.erase(key); }

    std::uint64_t size() const override { return all.size(); }

    std::string note(std::string_view) const override { return {}; }

    void set_note(std::string_view, std::string) override {}

    void clear() override { all.clear(); }

    std::uint64_t generation() const override { return number; }

    std::map<std::uint64_t, std::string> all;
    std::uint64_t number{1};
};

/// The service with what it shares with the detections.
struct kept
{
    std::shared_ptr<index_values> values = std::make_shared<index_values>();
    index_values& index = *values;
    std::shared_ptr<enrichment> known = std::make_shared<enrichment>(enrichment{{"TITLE"}});
    service_options options;
    kb_options entries;

    by_hand service(std::size_t piece = std::string::npos)
    {
        auto all = options;
        all.tables[kb_table] = values;
        all.wanted = known;
        return by_hand(make_knowledge_base(all, {"h", "my.app.qualys.knowledgebase", "", {}}, entries), piece);
    }

    std::string members(std::uint64_t qid)
    {
        const auto bytes = index.find(qid);
        return bytes ? std::string(decode_kb_entry(*bytes)->members) : "-";
    }

    /// A first pull that brings `vulns`.
    void pull(by_hand& kb, const std::string& vulns)
    {
        kb->begin_cycle(noon);
        CHECK_FALSE(kb.answer(ids("<ID_RANGE>1-9</ID_RANGE>")));
        CHECK_FALSE(kb.answer(list_of(vulns)));
        CHECK(kb.is_over());
    }

    /// An update that brings `vulns`.
    void update(by_hand& kb, const std::string& vulns)
    {
        kb->begin_cycle(noon + std::chrono::hours(24));
        CHECK_FALSE(kb.answer(list_of(vulns)));
    }
};

}  // namespace

TEST_CASE("kb: the first pull asks for all ids, and then for slices of two thousand, without truncation_limit")
{
    kept kb_kept;
    kb_kept.options.filters = {{"is_patchable", "1"}};
    auto kb = kb_kept.service();
    kb->begin_cycle(noon);
    const auto list = kb.asked();
    CHECK(list.which == endpoints::knowledge_base);
    CHECK(list.form == qualys::parameters{{"action", "list"}, {"details", "None"}, {"is_patchable", "1"}});
    CHECK_FALSE(kb.answer(ids("<ID>5</ID><ID_RANGE>100-3000</ID_RANGE><ID_RANGE>9000-9000</ID_RANGE>")));
    CHECK(
        kb.asked().form ==
        qualys::parameters{{"action", "list"}, {"details", "All"}, {"id_max", "2098"}, {"is_patchable", "1"}}
    );
    CHECK_FALSE(kb.answer(list_of(vuln(5))));
    CHECK(
        kb.asked().form ==
        qualys::parameters{{"action", "list"}, {"details", "All"}, {"id_min", "2099"}, {"is_patchable", "1"}}
    );
    CHECK_FALSE(kb.answer(list_of(vuln(2099))));
    CHECK(kb.is_over());
    CHECK(kb.events() == strings{event_of(5), event_of(2099)});
    CHECK(kb->watermark() == noon - std::chrono::seconds(60));
    CHECK(kb->counts().received == 2);
}

TEST_CASE("kb: a list of any length is split without being kept")
{
    kept kb_kept;
    auto kb = kb_kept.service(7);
    kb->begin_cycle(noon);
    CHECK_FALSE(kb.answer(
        ids("<ID_RANGE>0-18446744073709551615</ID_RANGE><ID>x</ID><ID_RANGE>7-3</ID_RANGE><ID_RANGE>1-4000</ID_RANGE>")
    ));
    CHECK(parameter(kb.asked(), "id_max") == "2000");
}

TEST_CASE("kb: an entry is an event with its children as JSON, lists also when there is one member")
{
    for (const auto piece : {std::string::npos, std::size_t(1)})
    {
        kept kb_kept;
        auto kb = kb_kept.service(piece);
        kb_kept.pull(
            kb,
            "<VULN><QID>7</QID><TITLE><![CDATA[ a <b> ]]></TITLE><CVE_LIST><CVE><ID>CVE-1</ID></CVE></CVE_LIST>"
            "<SOFTWARE_LIST></SOFTWARE_LIST><CVSS><BASE source=\"service\">5.4</BASE></CVSS>"
            "<CORRELATION><EXPLOITS><EXPLT_SRC><SRC_NAME>s</SRC_NAME><EXPLT_LIST><EXPLT><REF>r</REF></EXPLT>"
            "</EXPLT_LIST></EXPLT_SRC></EXPLOITS></CORRELATION>"
            "<THREAT_INTELLIGENCE><THREAT_INTEL id=\"5\">Easy</THREAT_INTEL></THREAT_INTELLIGENCE>"
            "<PCI_REASONS><PCI_REASON>p</PCI_REASON></PCI_REASONS></VULN>"
        );
        CHECK(
            kb.events() ==
            strings{
                R"({"QID":"7","TITLE":"a <b>","CVE_LIST":{"CVE":[{"ID":"CVE-1"}]},"SOFTWARE_LIST":{},)"
                R"("CVSS":{"BASE":{"@source":"service","#text":"5.4"}},)"
                R"("CORRELATION":{"EXPLOITS":{"EXPLT_SRC":[{"SRC_NAME":"s","EXPLT_LIST":{"EXPLT":[{"REF":"r"}]}}]}},)"
                R"("THREAT_INTELLIGENCE":{"THREAT_INTEL":[{"@id":"5","#text":"Easy"}]},)"
                R"("PCI_REASONS":{"PCI_REASON":["p"]}})"}
        );
        CHECK(kb->counts().unknown_elements == 0);
    }
}

TEST_CASE("kb: what comes again unchanged is dropped, what was modified is sent again")
{
    kept kb_kept;
    auto kb = kb_kept.service();
    kb_kept.pull(kb, vuln(3) + vuln(4));
    kb.events();
    kb->begin_cycle(noon + std::chrono::hours(24));
    const auto call = kb.asked();
    CHECK(parameter(call, "last_modified_after") == "2026-11-22T11:57:00Z");  // the overlap of the test is two minutes
    CHECK(parameter(call, "last_modified_before") == "2026-11-23T11:59:00Z");
    CHECK_FALSE(kb.answer(list_of(vuln(3) + vuln(4, "new"))));
    CHECK(kb.events() == strings{event_of(4, "new")});
    CHECK(kb->counts().duplicate == 1);
    CHECK(kb_kept.members(4) == R"({"TITLE":"new"})");
}

TEST_CASE("kb: an entry is in the index only when its event is in the outbox")
{
    kept kb_kept;
    auto kb = kb_kept.service();
    kb->begin_cycle(noon);
    CHECK_FALSE(kb.answer(ids("<ID>7</ID>")));
    auto* const slice = kb.take_next();
    const auto body = list_of(vuln(7));
    std::string_view rest = body;
    const bool fed = slice->reader().feed(rest).has_value();
    REQUIRE(fed);
    CHECK(slice->events().ready_events() == 1);
    CHECK(kb_kept.members(7) == "-");
    slice->taken();
    CHECK(kb_kept.members(7) == R"({"TITLE":"t"})");
}

TEST_CASE("kb: with deliver: false the index is kept and nothing is sent")
{
    kept kb_kept;
    kb_kept.entries.deliver = false;
    auto kb = kb_kept.service();
    kb_kept.pull(kb, vuln(3));
    CHECK(kb.events().empty());
    CHECK(kb_kept.members(3) == R"({"TITLE":"t"})");
    CHECK(kb->counts().filtered == 1);
}

TEST_CASE("kb: with texts: false the long texts are left out of the events, not of what detections carry")
{
    kept kb_kept;
    kb_kept.entries.texts = false;
    kb_kept.known->members = {"SOLUTION"};
    auto kb = kb_kept.service();
    kb_kept.pull(
        kb,
        "<VULN><DIAGNOSIS>d</DIAGNOSIS><QID>3</QID><CONSEQUENCE>c</CONSEQUENCE><SOLUTION>s</SOLUTION><PCI_FLAG>1</"
        "PCI_FLAG></VULN>"
    );
    CHECK(kb.events() == strings{R"({"QID":"3","PCI_FLAG":"1"})"});
    CHECK(kb_kept.members(3) == R"({"SOLUTION":"s"})");
}

TEST_CASE("kb: a list of more ids than there can be is a damaged answer, in one range or in many")
{
    std::string ranges;
    for (int million = 0; million < 11; ++million)
        ranges += "<ID_RANGE>" + std::to_string(million * 1'000'000 + 1) + '-' +
                  std::to_string((million + 1) * 1'000'000) + "</ID_RANGE>";
    for (const auto& damaged : {std::string("<ID_RANGE>1-4000000000</ID_RANGE>"), ranges})
    {
        kept kb_kept;
        auto kb = kb_kept.service();
        kb->begin_cycle(noon);
        CHECK(kb.answer(ids(damaged)) == errc::xml_malformed);
        CHECK(parameter(kb.asked(), "details") == "None");
    }
}

TEST_CASE("kb: a slice that is cut goes on where Qualys says")
{
    kept kb_kept;
    auto kb = kb_kept.service();
    kb->begin_cycle(noon);
    CHECK_FALSE(kb.answer(ids("<ID_RANGE>1-2100</ID_RANGE>")));
    CHECK(parameter(kb.asked(), "id_max") == "2000");
    CHECK_FALSE(kb.answer(answer_of("<VULN_LIST>" + vuln(3) + vuln(5) + "</VULN_LIST>" + more("details=All&id_min=8")))
    );
    CHECK(parameter(kb.asked(), "id_min") == "8");
    CHECK(parameter(kb.current()->call(), "id_max") == "2000");
    // Without an address it goes on behind what came.
    CHECK_FALSE(kb.answer(answer_of("<VULN_LIST>" + vuln(9) + "</VULN_LIST>" + more(""))));
    CHECK(parameter(kb.asked(), "id_min") == "10");
    // What lies behind the slice belongs to the next one.
    CHECK_FALSE(kb.answer(answer_of("<VULN_LIST>" + vuln(11) + "</VULN_LIST>" + more("id_min=2001"))));
    CHECK(parameter(kb.asked(), "id_min") == "2001");
    CHECK(parameter(kb.current()->call(), "id_max") == "-");
    CHECK_FALSE(kb.answer(answer_of("<VULN_LIST>" + vuln(2050) + "</VULN_LIST>" + more("id_min=2060"))));
    CHECK(parameter(kb.asked(), "id_min") == "2060");
    CHECK_FALSE(kb->watermark());
    CHECK_FALSE(kb.answer(list_of(vuln(2070))));
    CHECK(kb.is_over());
    CHECK(kb->watermark());
    CHECK(kb->counts().received == 6);
}

TEST_CASE("kb: an update that is cut goes on, too")
{
    kept kb_kept;
    auto kb = kb_kept.service();
    kb_kept.pull(kb, vuln(3));
    kb->begin_cycle(noon + std::chrono::hours(24));
    CHECK_FALSE(kb.answer(answer_of("<VULN_LIST>" + vuln(3, "new") + "</VULN_LIST>" + more("id_min=4"))));
    CHECK(parameter(kb.asked(), "id_min") == "4");
    CHECK(parameter(kb.current()->call(), "last_modified_after") == "2026-11-22T11:57:00Z");
    CHECK_FALSE(kb.answer(list_of(vuln(4))));
    CHECK(kb.is_over());
}

TEST_CASE("kb: an answer that is cut and does not say where it goes on is not taken as complete")
{
    for (const auto& cut :
         {"<VULN_LIST>" + vuln(8) + vuln(3) + "</VULN_LIST>" + more(""), more(""), more("id_min=1"), more("id_min=x")})
    {
        CAPTURE(cut);
        kept kb_kept;
        auto kb = kb_kept.service();
        kb->begin_cycle(noon);
        CHECK_FALSE(kb.answer(ids("<ID_RANGE>1-9</ID_RANGE>")));
        CHECK(kb.answer(answer_of(cut)) == errc::cursor_stands_still);
        CHECK_FALSE(kb.is_over());
    }
}

TEST_CASE("kb: a list of ids that is cut goes on with another call, and its slices join")
{
    kept kb_kept;
    auto kb = kb_kept.service();
    kb->begin_cycle(noon);
    CHECK_FALSE(kb.answer(answer_of("<ID_SET><ID_RANGE>1-2100</ID_RANGE></ID_SET>" + more("id_min=5000"))));
    CHECK(parameter(kb.asked(), "details") == "None");
    CHECK(parameter(kb.current()->call(), "id_min") == "5000");
    CHECK(kb.answer(answer_of("<ID_SET><ID>5000</ID></ID_SET>" + more("id_min=5000"))) == errc::cursor_stands_still);
    CHECK_FALSE(kb.answer(answer_of("<ID_SET><ID>5000</ID></ID_SET>" + more(""))));
    CHECK(parameter(kb.asked(), "id_min") == "5001");
    CHECK_FALSE(kb.answer(ids("<ID>6000</ID>")));
    for (const char* const last : {"2000", "4999", "5999", "-"})
    {
        CHECK(parameter(kb.asked(), "details") == "All");
        CHECK(parameter(kb.current()->call(), "id_max") == last);
        CHECK_FALSE(kb.answer(list_of("")));
    }
    CHECK(kb.is_over());
}

TEST_CASE("kb: a list that is refused in its middle is done without")
{
    kept kb_kept;
    auto kb = kb_kept.service();
    kb->begin_cycle(noon);
    CHECK_FALSE(kb.answer(answer_of("<ID_SET><ID_RANGE>1-9000</ID_RANGE></ID_SET>" + more("id_min=9001"))));
    kb.asked();
    CHECK(kb.fail({.lasting = true}) == what_next::instead);
    CHECK(parameter(kb.asked(), "id_max") == "50000");
}

TEST_CASE("kb: missing entries that an answer leaves out are asked for with the next call")
{
    kept kb_kept;
    auto kb = kb_kept.service();
    for (const std::uint64_t qid : {5U, 6U, 7U, 8U})
        kb_kept.known->missing.add(qid);
    kb->begin_urgent_cycle(noon);
    CHECK_FALSE(kb.answer(answer_of("<VULN_LIST>" + vuln(5) + "</VULN_LIST>" + more("id_min=7"))));
    CHECK(parameter(kb.asked(), "ids") == "7,8");
    CHECK(kb.answer(answer_of(more("id_min=7"))) == errc::cursor_stands_still);
    CHECK(kb.is_over());
    CHECK_FALSE(kb_kept.known->missing.empty());
}

TEST_CASE("kb: where the list of ids is refused, ranges of numbers are asked for")
{
    kept kb_kept;
    auto kb = kb_kept.service();
    kb->begin_cycle(noon);
    kb.asked();
    CHECK(kb.fail({.lasting = true}) == what_next::instead);
    CHECK(kb->take_notices().size() == 1);
    CHECK(parameter(kb.asked(), "id_max") == "50000");
    CHECK(parameter(kb.current()->call(), "id_min") == "-");
}

TEST_CASE("kb: a list of ids that does not come is asked for again, and done without after the third time")
{
    kept kb_kept;
    auto kb = kb_kept.service();
    kb->begin_cycle(noon);
    REQUIRE(kb.take_next() != nullptr);
    auto& list = *kb.current();
    CHECK(list.failed({.elsewhere = true, .smaller = true}) == what_next::again);
    CHECK(list.failed({.smaller = true}) == what_next::again);
    CHECK(list.failed({.smaller = true}) == what_next::instead);
}

TEST_CASE("kb: after a cut the slice goes on behind the last complete entry, and its event is there once")
{
    kept kb_kept;
    auto kb = kb_kept.service();
    kb->begin_cycle(noon);
    CHECK_FALSE(kb.answer(ids("<ID_RANGE>1-9</ID_RANGE>")));
    const auto body = list_of(vuln(3) + vuln(5) + vuln(8));
    kb.cut(body.substr(0, body.find("<QID>8")));
    CHECK(parameter(kb.asked(), "id_min") == "6");
    CHECK_FALSE(kb.answer(list_of(vuln(8))));
    CHECK(kb.events() == strings{event_of(3), event_of(5), event_of(8)});
}

TEST_CASE("kb: where QIDs do not ascend a slice that is cut is read again from its beginning, and loses nothing")
{
    kept kb_kept;
    auto kb = kb_kept.service();
    kb->begin_cycle(noon);
    CHECK_FALSE(kb.answer(ids("<ID_RANGE>1-9</ID_RANGE>")));
    const auto body = list_of(vuln(8) + vuln(3) + vuln(5));
    kb.cut(body.substr(0, body.find("<QID>5")));
    CHECK(parameter(kb.asked(), "id_min") == "-");
    CHECK_FALSE(kb.answer(body));
    CHECK(kb.events() == strings{event_of(8), event_of(3), event_of(5)});
    CHECK(kb->counts().duplicate == 2);
}

TEST_CASE("kb: an entry without a QID is a damaged answer")
{
    kept kb_kept;
    auto kb = kb_kept.service();
    kb->begin_cycle(noon);
    CHECK_FALSE(kb.answer(ids("")));
    CHECK(kb.answer(list_of("<VULN><TITLE>t</TITLE></VULN>")) == errc::xml_malformed);
    CHECK(kb.events().empty());
}

TEST_CASE("kb: missing entries are asked for behind the window, five hundred in a call, and those in vain once")
{
    kept kb_kept;
    auto kb = kb_kept.service();
    for (std::uint64_t qid = 1; qid <= 502; ++qid)
        kb_kept.known->missing.add(qid);
    kb->begin_cycle(noon);
    CHECK_FALSE(kb.answer(ids("<ID>1</ID>")));
    CHECK_FALSE(kb.answer(list_of(vuln(1))));  // that one came
    const auto first = parameter(kb.asked(), "ids");
    CHECK(first.starts_with("2,3,4,"));
    CHECK(first.ends_with(",501"));
    CHECK(parameter(kb.current()->call(), "details") == "All");
    CHECK_FALSE(kb.answer(list_of(vuln(2))));
    CHECK(parameter(kb.asked(), "ids") == "502");
    CHECK_FALSE(kb.answer(list_of("")));
    CHECK(kb.is_over());
    kb_kept.known->missing.add(502);
    CHECK(kb.is_over());
}

TEST_CASE("kb: a miss between two cycles is asked for at once, the next one a quarter of an hour later")
{
    kept kb_kept;
    auto kb = kb_kept.service();
    kb_kept.pull(kb, vuln(3));
    kb.events();
    CHECK_FALSE(kb->has_urgent_call(noon));
    kb_kept.known->missing.add(77);
    REQUIRE(kb->has_urgent_call(noon));
    kb->begin_urgent_cycle(noon);
    CHECK(parameter(kb.asked(), "ids") == "77");
    CHECK_FALSE(kb.answer(list_of(vuln(77))));
    CHECK(kb.is_over());
    CHECK(kb.events() == strings{event_of(77)});
    kb_kept.known->missing.add(78);
    CHECK_FALSE(kb->has_urgent_call(noon + std::chrono::minutes(14)));
    CHECK(kb->has_urgent_call(noon + std::chrono::minutes(15)));
}

TEST_CASE("kb: an urgent cycle leaves a window that is open alone")
{
    kept kb_kept;
    auto kb = kb_kept.service();
    kb->begin_cycle(noon);
    kb_kept.known->missing.add(77);
    kb->begin_urgent_cycle(noon);
    CHECK(parameter(kb.asked(), "ids") == "77");
    CHECK_FALSE(kb.answer(list_of("")));
    CHECK(kb.is_over());
}

TEST_CASE("kb: missing entries that cannot be had hold up nothing")
{
    kept kb_kept;
    auto kb = kb_kept.service();
    kb_kept.known->missing.add(77);
    kb->begin_cycle(noon);
    CHECK_FALSE(kb.answer(ids("")));
    CHECK_FALSE(kb.answer(list_of("")));
    kb.asked();
    CHECK(kb.fail({.smaller = true}) == what_next::instead);
    CHECK(kb.is_over());
    CHECK_FALSE(kb_kept.known->missing.empty());
}

TEST_CASE("kb: a QID that does not come is in quarantine, and leaves it when it comes alone")
{
    kept kb_kept;
    auto kb = kb_kept.service();
    kb->begin_cycle(noon);
    CHECK_FALSE(kb.answer(ids("<ID_RANGE>1-2</ID_RANGE>")));
    auto* slice = kb.take_next();
    const call_failure cut{.smaller = true, .reason = "cut", .now = noon};
    auto next = what_next::again;
    while (next != what_next::suspect)
        next = slice->failed(cut);
    CHECK(slice->leave_out(cut) == what_next::left_out);
    CHECK(kb->in_quarantine().size() == 1);
    CHECK(kb->in_quarantine().front().id == "1");
    while (!kb.is_over())
        CHECK_FALSE(kb.answer(list_of("")));
    kb->begin_cycle(noon + std::chrono::hours(24));
    CHECK(parameter(kb.asked(), "id_min") == "2");  // it is stepped around
    CHECK_FALSE(kb.answer(list_of("")));
    CHECK(parameter(kb.asked(), "ids") == "1");
    CHECK_FALSE(kb.answer(list_of(vuln(1))));
    CHECK(kb->in_quarantine().empty());
    CHECK(kb.events() == strings{event_of(1)});
}

TEST_CASE("kb: with other members everything is fetched again, and nothing is sent again")
{
    kept kb_kept;
    std::string state;
    {
        auto kb = kb_kept.service();
        kb_kept.pull(kb, vuln(3));
        state = kb->state();
    }
    kb_kept.known->members = {"QID"};
    auto kb = kb_kept.service();
    REQUIRE(kb->restore(state));
    kb->begin_cycle(noon);
    CHECK(parameter(kb.asked(), "details") == "None");
    CHECK_FALSE(kb.answer(ids("<ID>3</ID>")));
    CHECK_FALSE(kb.answer(list_of(vuln(3))));
    CHECK(kb.events().empty());
    CHECK(kb_kept.members(3) == R"({"QID":"3"})");
    // Once: the next start goes on.
    auto later = kb_kept.service();
    REQUIRE(later->restore(kb->state()));
    later->begin_cycle(noon);
    CHECK(parameter(later.asked(), "details") == "All");
}

TEST_CASE("kb: an index that is older than the state was lost, and everything is fetched and sent again")
{
    kept kb_kept;
    kb_kept.index.number = 9;
    std::string state;
    {
        auto kb = kb_kept.service();
        kb_kept.pull(kb, vuln(3));
        state = kb->state();
    }
    kb_kept.index.number = 8;
    auto kb = kb_kept.service();
    REQUIRE(kb->restore(state));
    CHECK(kb_kept.index.size() == 0);
    kb->begin_cycle(noon);
    CHECK(parameter(kb.asked(), "details") == "None");
    CHECK_FALSE(kb.answer(ids("<ID>3</ID>")));
    CHECK_FALSE(kb.answer(list_of(vuln(3))));
    CHECK(kb.events() == strings{event_of(3)});
}

TEST_CASE("kb: a state that was set by hand goes on from its mark, with the index as it is")
{
    kept kb_kept;
    auto kb = kb_kept.service();
    REQUIRE(kb->restore(kb->state_at(noon, {})));
    kb->begin_cycle(noon + std::chrono::hours(24));
    CHECK(parameter(kb.asked(), "last_modified_after") == "2026-11-22T11:58:00Z");
}

TEST_CASE("kb: without detections that want something the index knows what was sent")
{
    kept kb_kept;
    kb_kept.known = nullptr;
    auto kb = kb_kept.service();
    kb_kept.pull(kb, vuln(3));
    kb_kept.update(kb, vuln(3));
    CHECK(kb.events() == strings{event_of(3)});
    CHECK(kb_kept.members(3) == "{}");
}
