#include "services/knowledge_base/entry.hpp"
#include "services/knowledge_base/join.hpp"
#include "unit/services/changes/plain_values.hpp"
#include "unit/services/host_walk.hpp"

using namespace qdc;
using namespace qdc::services;
using namespace qdc::test;
using namespace std::chrono_literals;

namespace
{

/// An index with entries, and the detections that are joined with it.
struct joined
{
    std::shared_ptr<plain_values> index = std::make_shared<plain_values>();
    std::shared_ptr<enrichment> wanted = std::make_shared<enrichment>(enrichment{{"TITLE", "CVE_LIST"}});

    void put(std::uint64_t qid, const std::string& members)
    {
        index->put(qid, encode({1, print_of_names(wanted->members), members}));
        ++wanted->revision;
    }

    host_walk walk() const
    {
        service_options options;
        options.tables[kb_table] = index;
        options.wanted = wanted;
        return host_walk(options);
    }
};

std::string hosts_of(const std::string& hosts)
{
    return detection_answer("<HOST_LIST>" + hosts + "</HOST_LIST>");
}

std::string host_at(int id, std::string_view time, const std::string& detections)
{
    return "<HOST><ID>" + std::to_string(id) + "</ID><LAST_SCAN_DATETIME>2024-01-10T" + std::string(time) +
           "Z</LAST_SCAN_DATETIME><DETECTION_LIST>" + detections + "</DETECTION_LIST></HOST>";
}

}  // namespace

TEST_CASE("kb join: behind DETECTION comes what the KnowledgeBase says of its QID")
{
    joined kb;
    kb.put(7, R"({"TITLE":"t","CVE_LIST":["CVE-1"]})");
    kb.put(8, "{}");
    auto walk = kb.walk();
    REQUIRE_FALSE(walk.read(hosts_of(detection_host(1, detection(7) + detection(8)))));
    CHECK(walk.events.starts_with(
        R"({"ID":"1","DETECTION":{"QID":"7"},"KNOWLEDGE_BASE":{"TITLE":"t","CVE_LIST":["CVE-1"]},"@devo_pulling_id")"
    ));
    CHECK(walk.count(R"("DETECTION":{"QID":"8"},"KNOWLEDGE_BASE":{},"@devo_)") == 1);
    CHECK(kb.wanted->missing.empty());
    CHECK(walk.service->counts().kb_misses == 0);
}

TEST_CASE("kb join: a QID that the index does not hold leaves the event as it is, is counted and wanted")
{
    joined kb;
    auto walk = kb.walk();
    REQUIRE_FALSE(walk.read(hosts_of(detection_host(1, detection(7) + detection(7) + detection(9)))));
    host_walk plain;
    REQUIRE_FALSE(plain.read(hosts_of(detection_host(1, detection(7) + detection(7) + detection(9)))));
    CHECK(walk.events == plain.events);
    CHECK(walk.service->counts().kb_misses == 3);
    CHECK(kb.wanted->missing.next(9) == std::vector<std::uint64_t>{7, 9});
}

TEST_CASE("kb join: a detection that is sent with a change and without misses its entry once")
{
    joined kb;
    kb.put(8, "{}");
    service_options options;
    options.tables[kb_table] = kb.index;
    options.tables["host_list_detection"] = std::make_shared<plain_values>();
    options.wanted = kb.wanted;
    options.keys["deliver"] = "all_and_changes";
    host_walk walk(options);
    REQUIRE_FALSE(walk.read(hosts_of(detection_host(1, detection(7) + detection(8)))));
    CHECK(walk.count(R"("DETECTION":{"QID":"7"})") == 2);
    CHECK(walk.count(R"("KNOWLEDGE_BASE":{})") == 2);
    CHECK(walk.service->counts().kb_misses == 1);
}

TEST_CASE("kb join: an entry that was made for other members is as good as none")
{
    joined kb;
    kb.index->put(7, encode({1, print_of_names({"TITLE"}), R"({"TITLE":"t"})"}));
    kb.index->put(8, "damaged");
    auto walk = kb.walk();
    REQUIRE_FALSE(walk.read(hosts_of(detection_host(1, detection(7) + detection(8)))));
    CHECK(walk.count("KNOWLEDGE_BASE") == 0);
    CHECK(walk.service->counts().kb_misses == 2);
}

TEST_CASE("kb join: a detection without a readable QID, and a host without detections, want nothing")
{
    joined kb;
    auto walk = kb.walk();
    REQUIRE_FALSE(walk.read(hosts_of(
        detection_host(1, "") +
        detection_host(2, "<DETECTION><QID>x</QID></DETECTION><DETECTION><TYPE>Info</TYPE></DETECTION>")
    )));
    CHECK(walk.count("KNOWLEDGE_BASE") == 0);
    CHECK(kb.wanted->missing.empty());
}

TEST_CASE("kb join: a change of the KnowledgeBase alone sends no host again")
{
    joined kb;
    kb.put(7, R"({"TITLE":"old"})");
    auto walk = kb.walk();
    REQUIRE_FALSE(walk.read(hosts_of(host_at(1, "11:58:30", detection(7)) + host_at(2, "11:58:40", detection(7)))));
    kb.put(7, R"({"TITLE":"new"})");
    walk.service->begin_cycle(noon + 20s);
    walk.events.clear();
    REQUIRE_FALSE(
        walk.read(hosts_of(host_at(1, "11:58:30", detection(7)) + host_at(2, "11:58:40", detection(7) + detection(8))))
    );
    CHECK(walk.count("\"ID\":\"1\"") == 0);
    CHECK(walk.count(R"("KNOWLEDGE_BASE":{"TITLE":"new"})") == 1);  // a host that is not the same comes whole
    CHECK(walk.count("\"ID\":\"2\"") == 2);
}

TEST_CASE("kb join: after a cut a detection that went out is known, whatever the KnowledgeBase says by then")
{
    joined kb;
    auto walk = kb.walk();
    const auto answer = hosts_of(detection_host(1, detection(7) + detection(8)));
    walk.read_cut(answer.substr(0, answer.find("<DETECTION><QID>8")));
    kb.put(7, R"({"TITLE":"came"})");
    REQUIRE_FALSE(walk.read(answer));
    CHECK(walk.count("\"QID\":\"7\"") == 1);
    CHECK(walk.count("\"QID\":\"8\"") == 1);
}

TEST_CASE("kb join: without members that are wanted there is none")
{
    joined kb;
    kb.put(7, "{}");
    kb.wanted->members.clear();
    auto walk = kb.walk();
    REQUIRE_FALSE(walk.read(hosts_of(detection_host(1, detection(7)))));
    CHECK(walk.count("KNOWLEDGE_BASE") == 0);
    CHECK(walk.service->counts().kb_misses == 0);
}

TEST_CASE("kb join: one that is missed again is wanted again, once something may have changed")
{
    joined kb;
    kb_join join(kb.index, kb.wanted);
    CHECK(join.member_of(R"({"QID":"7")").empty());
    kb.wanted->missing.asked({7});
    kb.wanted->missing.forget_in_vain();
    CHECK(join.member_of(R"({"QID":"7")").empty());
    CHECK(kb.wanted->missing.empty());
    ++kb.wanted->revision;
    CHECK(join.member_of(R"({"QID":"7")").empty());
    CHECK_FALSE(kb.wanted->missing.empty());
}

TEST_CASE("kb join: QIDs that share a place in its memory are told apart")
{
    joined kb;
    kb_join join(kb.index, kb.wanted);
    kb.put(7, R"({"TITLE":"a"})");
    kb.put(7 + 2048, R"({"TITLE":"b"})");
    kb.put(7 + 4096, R"({"TITLE":")" + std::string(5000, 'c') + R"("})");
    for (int round = 0; round < 2; ++round)
    {
        CHECK(join.member_of(R"({"QID":"7")") == R"(,"KNOWLEDGE_BASE":{"TITLE":"a"})");
        CHECK(join.member_of(R"({"QID":"4103")").size() > 5000);
        CHECK(join.member_of(R"({"QID":"2055")") == R"(,"KNOWLEDGE_BASE":{"TITLE":"b"})");
    }
}

TEST_CASE("kb join: what is wanted when the program ends is wanted after the next start, unless it has come")
{
    joined kb;
    auto walk = kb.walk();
    REQUIRE_FALSE(walk.read(hosts_of(detection_host(1, detection(7) + detection(8) + detection(9)))));
    const auto state = walk.service->state();
    CHECK(state.ends_with(R"(,"wanted":"7,8,9"})"));

    joined later;
    later.put(8, "{}");
    auto again = later.walk();
    REQUIRE(again.service->restore(state));
    CHECK(later.wanted->missing.next(9) == std::vector<std::uint64_t>{7, 9});
    // A state without any has no such member.
    later.wanted->missing.asked({7, 9});
    CHECK(again.service->state().find("wanted") == std::string::npos);
    // Without the join the member says nothing.
    host_walk plain;
    CHECK(plain.service->restore(state));
    CHECK(plain.service->state().find("wanted") == std::string::npos);
}
