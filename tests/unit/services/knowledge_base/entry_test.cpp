#include "services/knowledge_base/entry.hpp"
#include "services/knowledge_base/missing_entries.hpp"

#include <doctest/doctest.h>

using namespace qdc::services;

namespace
{

using names = std::vector<std::string>;

constexpr std::string_view event =
    R"({"QID":"7","TITLE":"a \"b\"","CVE_LIST":{"CVE":[{"ID":"CVE-1","URL":"u]"},{"URL":"{","ID":"CVE-2"}]},)"
    R"("CVSS":{"BASE":{"@source":"service","#text":"5.4"}},"SOFTWARE_LIST":{})";

}  // namespace

TEST_CASE("kb entry: the joined members are those that were named, in the order of the names")
{
    CHECK(
        joined_members(event, {"CVSS", "TITLE"}) ==
        R"({"CVSS":{"BASE":{"@source":"service","#text":"5.4"}},"TITLE":"a \"b\""})"
    );
    CHECK(joined_members(event, {"SOFTWARE_LIST", "NOBODY", "QID"}) == R"({"SOFTWARE_LIST":{},"QID":"7"})");
    CHECK(joined_members(event, {"NOBODY"}) == "{}");
    CHECK(joined_members(event, {}) == "{}");
    CHECK(joined_members(std::string(event) + '}', {"QID"}) == R"({"QID":"7"})");
}

TEST_CASE("kb entry: CVE_LIST becomes the plain array of its ids")
{
    CHECK(joined_members(event, {"CVE_LIST"}) == R"({"CVE_LIST":["CVE-1","CVE-2"]})");
    CHECK(joined_members(R"({"CVE_LIST":{}})", {"CVE_LIST"}) == R"({"CVE_LIST":[]})");
    CHECK(joined_members(R"({"CVE_LIST":""})", {"CVE_LIST"}) == R"({"CVE_LIST":[]})");
    CHECK(joined_members(R"({"CVE_LIST":{"CVE":["CVE-3",{"URL":"u"}]}})", {"CVE_LIST"}) == R"({"CVE_LIST":[]})");
    CHECK(joined_members(R"({"QID":"7"})", {"CVE_LIST"}) == "{}");
}

TEST_CASE("kb entry: what the index keeps reads as it was written")
{
    const std::string members = R"({"TITLE":"x"})";
    const kb_entry entry{0xfedcba9876543210, 3, members};
    CHECK(decode_kb_entry(encode(entry)) == entry);
    CHECK(decode_kb_entry(encode({1, 2, {}})) == kb_entry{1, 2, {}});
    CHECK_FALSE(decode_kb_entry("too short").has_value());
}

TEST_CASE("kb entry: another list of members has another print, and so has another order")
{
    CHECK(print_of_names({"A", "B"}) == print_of_names({"A", "B"}));
    CHECK(print_of_names({"A", "B"}) != print_of_names({"B", "A"}));
    CHECK(print_of_names({"A", "B"}) != print_of_names({"AB"}));
    CHECK(print_of_names({"A"}) != print_of_names({}));
}

TEST_CASE("kb missing: what is missed is asked for in portions, and in vain only once in a cycle")
{
    missing_entries missing;
    for (const auto qid : {9U, 4U, 4U, 6U})
        missing.add(qid);
    CHECK(missing.next(2) == std::vector<std::uint64_t>{4, 6});
    missing.asked({4, 6});
    missing.add(4);
    CHECK(missing.next(5) == std::vector<std::uint64_t>{9});
    missing.came(9);
    CHECK(missing.empty());
    missing.forget_in_vain();
    missing.add(4);
    CHECK(missing.next(5) == std::vector<std::uint64_t>{4});
}

TEST_CASE("kb missing: it holds no more than ten thousand QIDs")
{
    missing_entries missing;
    for (std::uint64_t qid = 1; qid <= 20'000; ++qid)
        missing.add(qid);
    CHECK(missing.next(20'000).size() == 10'000);
}
