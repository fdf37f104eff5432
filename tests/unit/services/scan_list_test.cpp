#include "services/scan_list.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace qdc;
using services::scan_list_answer;

namespace
{

void feed(scan_list_answer& list, const std::string& inside)
{
    const std::string body = "<SCAN_LIST_OUTPUT><RESPONSE>" + inside + "</RESPONSE></SCAN_LIST_OUTPUT>";
    std::string_view rest = body;
    REQUIRE(list.feed(rest).has_value());
    REQUIRE(list.finish().has_value());
}

std::string scan(const std::string& status)
{
    return "<SCAN_LIST><SCAN><REF>scan/1</REF>" + status + "</SCAN></SCAN_LIST>";
}

std::string warning(const std::string& code, const std::string& text, const std::string& url)
{
    return "<WARNING><CODE>" + code + "</CODE><TEXT>" + text + "</TEXT><URL><![CDATA[" + url + "]]></URL></WARNING>";
}

}  // namespace

TEST_CASE("scan list: a list that was cut says where it goes on, a notice does not")
{
    const auto url_of = [](const std::string& warnings)
    {
        scan_list_answer list;
        feed(list, scan("") + warnings);
        return list.next_url();
    };
    CHECK(url_of("").empty());
    CHECK(url_of(warning("1980", "cut", "https://x/?id_min=5")) == "https://x/?id_min=5");
    CHECK(url_of(warning("", "cut", "https://x/?a=b&id_min=5")) == "https://x/?a=b&id_min=5");
    CHECK(url_of(warning("1999", "The end is near", "https://x/eos")).empty());
    CHECK(
        url_of(warning("1999", "The end is near", "https://x/eos") + warning("1980", "cut", "https://x/?id_min=5")) ==
        "https://x/?id_min=5"
    );
}

TEST_CASE("scan list: notices are passed on, with an address or without")
{
    scan_list_answer list;
    feed(
        list,
        scan("<STATUS><STATE>Finished</STATE></STATUS>") + warning("1999", "The end is near", "https://x/eos") +
            "<WARNING><CODE>7</CODE><TEXT>Soon</TEXT></WARNING>"
    );
    CHECK(list.notices() == std::vector<std::string>{"The end is near", "Soon"});
}

TEST_CASE("scan list: a state in another case is the documented one, a strange or missing one is a notice")
{
    const auto read_state = [](const std::string& status)
    {
        scan_list_answer list;
        feed(list, scan(status));
        return std::pair(list.scans().at(0).state, list.notices().size());
    };
    using read = std::pair<std::string, std::size_t>;
    CHECK(read_state("<STATUS><STATE>Finished</STATE></STATUS>") == read{"Finished", 0});
    CHECK(read_state("<STATUS><STATE>finished</STATE></STATUS>") == read{"Finished", 0});
    CHECK(read_state("<STATE>CANCELED</STATE>") == read{"Canceled", 1});
    CHECK(read_state("<STATUS><STATE>Melted</STATE></STATUS>") == read{"Melted", 1});
    CHECK(read_state("") == read{"", 1});
}

TEST_CASE("scan list: an encoding that cannot be read is named, not taken for a page")
{
    scan_list_answer list;
    std::string_view rest = "<?xml version='1.0' encoding='EBCDIC'?><SCAN_LIST_OUTPUT/>";
    CHECK(list.feed(rest).error() == errc::xml_malformed);
    CHECK(list.fault().find("EBCDIC") != std::string::npos);
}
