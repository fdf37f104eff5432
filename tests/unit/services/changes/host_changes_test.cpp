#include "services/changes/host_changes.hpp"
#include "unit/services/changes/plain_values.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

using namespace qdc;
using services::change;

namespace
{

struct comparing
{
    test::plain_values known;
    services::counted_members counted;
    services::host_changes changes{known, counted};

    void take(const services::host_difference& difference)
    {
        if (difference.update.value)
            known.put(difference.update.id, *difference.update.value);
    }

    /// What one complete answer about host 7 says: "new", "changed{was}", "-" for each, then "gone key{was}".
    std::string answer(const std::vector<std::string>& detections)
    {
        std::string out;
        changes.begin(7);
        for (const auto& each : detections)
        {
            const auto seen = changes.seen('{' + each + '}');
            out += seen.kind ? std::string(services::name(*seen.kind)) + seen.was : "-";
            out += ' ';
        }
        const auto difference = changes.end();
        for (const auto& each : difference.gone)
            out += "gone " + each.key + each.was + ' ';
        take(difference);
        return out;
    }
};

std::string finding(int id, const std::string& status, const std::string& more = "")
{
    return "\"UNIQUE_VULN_ID\":\"" + std::to_string(id) + "\",\"QID\":\"38170\",\"STATUS\":\"" + status + "\"" + more;
}

}  // namespace

TEST_CASE_FIXTURE(comparing, "changes: the first pull gives everything as new, the second nothing")
{
    CHECK(answer({finding(1, "New"), finding(2, "Fixed")}) == "new new ");
    CHECK(answer({finding(1, "New"), finding(2, "Fixed")}) == "- - ");
    CHECK(known.puts == 1);
}

TEST_CASE_FIXTURE(comparing, "changes: times and counters do not count, results do")
{
    answer({finding(1, "Active", R"(,"TIMES_FOUND":"3","LAST_FOUND_DATETIME":"2026-01-01T00:00:00Z","RESULTS":"a")")});
    CHECK(
        answer(
            {finding(1, "Active", R"(,"TIMES_FOUND":"4","LAST_FOUND_DATETIME":"2026-01-02T00:00:00Z","RESULTS":"a")")}
        ) == "- "
    );
    CHECK(answer({finding(1, "Active", R"(,"RESULTS":"b")")}) == R"(changed{"STATUS":"Active"} )");
}

TEST_CASE_FIXTURE(comparing, "changes: every transition of the status")
{
    const std::vector<std::string> statuses{"New", "Active", "Re-Opened", "Fixed"};
    const std::map<std::string, std::map<std::string, std::string>> wanted{
        {"New", {{"New", "-"}, {"Active", "changed"}, {"Re-Opened", "reopened"}, {"Fixed", "fixed"}}},
        {"Active", {{"New", "changed"}, {"Active", "-"}, {"Re-Opened", "reopened"}, {"Fixed", "fixed"}}},
        {"Re-Opened", {{"New", "changed"}, {"Active", "changed"}, {"Re-Opened", "-"}, {"Fixed", "fixed"}}},
        {"Fixed", {{"New", "reopened"}, {"Active", "reopened"}, {"Re-Opened", "reopened"}, {"Fixed", "-"}}},
    };
    for (const auto& before : statuses)
        for (const auto& now : statuses)
        {
            CAPTURE(before);
            CAPTURE(now);
            known.all.clear();
            answer({finding(1, before)});
            const auto& kind = wanted.at(before).at(now);
            CHECK(answer({finding(1, now)}) == (kind == "-" ? "- " : kind + "{\"STATUS\":\"" + before + "\"} "));
        }
}

TEST_CASE_FIXTURE(comparing, "changes: what was says the earlier status, severity and QDS, those that were there")
{
    answer({finding(1, "New", R"(,"SEVERITY":"3","QDS":{"@severity":"MEDIUM","#text":"55"})")});
    CHECK(
        answer({finding(1, "Fixed", R"(,"SEVERITY":"3","QDS":{"@severity":"MEDIUM","#text":"55"})")}) ==
        R"(fixed{"STATUS":"New","SEVERITY":"3","QDS":"55"} )"
    );
    answer({R"("QID":"1")"});
    CHECK(answer({R"("QID":"1","SEVERITY":"2")"}) == "changed{} ");
}

TEST_CASE_FIXTURE(comparing, "changes: a finding that the complete answer lacks is gone, once")
{
    answer({finding(1, "New"), finding(2, "Active", R"(,"SEVERITY":"4")")});
    CHECK(answer({finding(1, "New")}) == R"(- gone "UNIQUE_VULN_ID":"2"{"STATUS":"Active","SEVERITY":"4"} )");
    CHECK(answer({finding(1, "New")}) == "- ");
    CHECK(answer({}) == R"(gone "UNIQUE_VULN_ID":"1"{"STATUS":"New"} )");
}

TEST_CASE_FIXTURE(comparing, "changes: an answer that was cut leaves what is known as it is")
{
    answer({finding(1, "New"), finding(2, "New")});
    changes.begin(7);
    changes.seen('{' + finding(1, "Fixed") + '}');
    CHECK(answer({finding(1, "Fixed"), finding(2, "New")}) == R"(fixed{"STATUS":"New"} - )");
}

TEST_CASE_FIXTURE(comparing, "changes: without UNIQUE_VULN_ID a finding is known by where it was found")
{
    const std::string here = R"("QID":"5","PORT":"443","PROTOCOL":"tcp","STATUS":"New")";
    const std::string there = R"("QID":"5","PORT":"8443","PROTOCOL":"tcp","STATUS":"New")";
    CHECK(answer({here, there}) == "new new ");
    CHECK(answer({there}) == R"(- gone "QID":"5","PORT":"443","PROTOCOL":"tcp"{"STATUS":"New"} )");
}

TEST_CASE_FIXTURE(comparing, "changes: two findings that nothing tells apart are two")
{
    const std::string same = R"("QID":"5","STATUS":"New")";
    CHECK(answer({same, same, same}) == "new new new ");
    CHECK(answer({same, same, same}) == "- - - ");
    CHECK(answer({same}) == R"(- gone "QID":"5"{"STATUS":"New"} gone "QID":"5"{"STATUS":"New"} )");
}

TEST_CASE_FIXTURE(comparing, "changes: a value of another format makes its findings new, and nothing else")
{
    known.all[7] = "\x63";
    CHECK(answer({finding(1, "New")}) == "new ");
}

TEST_CASE("changes: what the configuration ignores does not count")
{
    test::plain_values known;
    const services::counted_members counted({"RESULTS"});
    services::host_changes changes(known, counted);
    for (const char* const results : {"a", "b"})
    {
        changes.begin(1);
        const auto seen = changes.seen('{' + finding(1, "New", std::string(",\"RESULTS\":\"") + results + '"') + '}');
        CHECK(seen.kind.has_value() == (results[0] == 'a'));
        known.put(1, *changes.end().update.value);
    }
}

TEST_CASE("changes: where other members count than before, nothing is called changed because of that")
{
    test::plain_values known;
    const services::counted_members all;
    const services::counted_members without_results({"RESULTS"});
    const auto kinds = [&known](const services::counted_members& counted, const std::string& more)
    {
        services::host_changes changes(known, counted);
        std::string said;
        changes.begin(1);
        for (const auto& each : {finding(1, "New", more), finding(2, "Fixed", more)})
            said += std::string(changes.seen('{' + each + '}').kind ? "*" : "-");
        if (const auto difference = changes.end(); difference.update.value)
            known.put(1, *difference.update.value);
        return said;
    };
    CHECK(kinds(all, R"(,"SEVERITY":"3","RESULTS":"a")") == "**");
    CHECK(kinds(without_results, R"(,"SEVERITY":"3","RESULTS":"a")") == "--");
    CHECK(kinds(without_results, R"(,"SEVERITY":"3","RESULTS":"b")") == "--");
    CHECK(kinds(all, R"(,"SEVERITY":"3","RESULTS":"b")") == "--");
    CHECK(kinds(all, R"(,"SEVERITY":"3","RESULTS":"c")") == "**");
    CHECK(kinds(without_results, R"(,"SEVERITY":"4","RESULTS":"c")") == "**");  // that much is known without a print
}

namespace
{

/// What a dictionary says: key -> status and results.
using snapshot = std::map<int, std::pair<std::string, std::string>>;

std::string in_words(const snapshot& before, const snapshot& now, int id)
{
    const auto old = before.find(id);
    const auto fresh = now.find(id);
    if (old == before.end())
        return "new";
    if (fresh == now.end())
        return "gone";
    const auto& [was, was_results] = old->second;
    const auto& [is, is_results] = fresh->second;
    if (was != "Fixed" && is == "Fixed")
        return "fixed";
    if ((was != "Re-Opened" && is == "Re-Opened") || (was == "Fixed" && is != "Fixed"))
        return "reopened";
    return was != is || was_results != is_results ? "changed" : "";
}

}  // namespace

TEST_CASE("changes: random histories of 10,000 findings give the differences of their snapshots, no more and no less")
{
    std::minstd_rand random(7);
    const std::vector<std::string> statuses{"New", "Active", "Re-Opened", "Fixed"};
    const auto one_of = [&random](const auto& list) { return list[random() % list.size()]; };
    test::plain_values known;
    const services::counted_members counted;
    services::host_changes changes(known, counted);
    std::map<std::uint64_t, snapshot> before;
    int differences = 0;
    for (int round = 0; round < 8; ++round)
    {
        for (std::uint64_t host = 1; host <= 100; ++host)
        {
            auto now = before[host];
            for (int id = 1; id <= 100; ++id)
            {
                const auto dice = random() % 10;
                if (dice == 0)
                    now.erase(id);
                else if (dice < 3)
                    now[id] = {one_of(statuses), std::to_string(random() % 3)};
            }
            // Sometimes the answer is cut somewhere, which must change nothing.
            const bool cut = random() % 5 == 0;
            std::vector<int> order;
            for (const auto& [id, content] : now)
                order.push_back(id);
            std::shuffle(order.begin(), order.end(), random);
            changes.begin(host);
            std::map<int, std::string> found;
            for (const int id : order)
            {
                const auto& [status, results] = now[id];
                const auto seen = changes.seen('{' + finding(id, status, ",\"RESULTS\":\"" + results + '"') + '}');
                found[id] = seen.kind ? services::name(*seen.kind) : "";
            }
            if (cut)
                continue;
            const auto difference = changes.end();
            for (const auto& each : difference.gone)
                found[std::stoi(each.key.substr(18))] = "gone";
            if (difference.update.value)
                known.put(host, *difference.update.value);
            std::map<int, std::string> wanted;
            for (const auto& [id, content] : now)
                wanted[id] = in_words(before[host], now, id);
            for (const auto& [id, content] : before[host])
                if (!now.contains(id))
                    wanted[id] = "gone";
            CHECK(found == wanted);
            differences += static_cast<int>(
                std::count_if(wanted.begin(), wanted.end(), [](const auto& each) { return !each.second.empty(); })
            );
            before[host] = std::move(now);
        }
    }
    CHECK(differences > 10'000);
}
