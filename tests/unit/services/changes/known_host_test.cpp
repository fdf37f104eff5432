#include "services/changes/known_host.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace qdc;
using services::known_host;

namespace
{

const std::string composite = R"("QID":"38170","PORT":"443","PROTOCOL":"tcp")";

known_host example()
{
    known_host host;
    host.findings = {
        {R"("UNIQUE_VULN_ID":"0")", 1, "New", "1", "0"},
        {R"("UNIQUE_VULN_ID":"8214")", 0xffff'ffff'ffff, "Active", "5", "100"},
        {R"("UNIQUE_VULN_ID":"18446744073709551615")", 0, "Re-Opened", "", ""},
        {composite, 0x1234'5678'9abc, "Fixed", "3", "70"},
        {composite + "#2", 7, R"(Something \"else\")", "critical", "101"},
    };
    return host;
}

}  // namespace

TEST_CASE("known host: every kind of finding comes back as it was")
{
    const auto host = example();
    const auto back = services::decode(services::encode(host));
    REQUIRE(back.has_value());
    CHECK(*back == host);
}

TEST_CASE("known host: since when it is missing comes back in whole seconds")
{
    known_host host;
    host.missing_since = utc_time(std::chrono::seconds(1'800'000'000));
    CHECK(services::decode(services::encode(host)) == host);
}

TEST_CASE("known host: numbers that are spelled oddly stay texts")
{
    known_host host;
    for (const char* const digits : {"007", "", "12x", "18446744073709551616"})
        host.findings.push_back({std::string("\"UNIQUE_VULN_ID\":\"") + digits + '"', 5, "New", "05", "007"});
    std::sort(
        host.findings.begin(),
        host.findings.end(),
        [](const auto& left, const auto& right) { return services::order_of_keys(left.key, right.key); }
    );
    CHECK(services::decode(services::encode(host)) == host);
}

TEST_CASE("known host: a usual finding takes at most 14 bytes")
{
    known_host host;
    for (int number = 0; number < 100; ++number)
        host.findings.push_back(
            {"\"UNIQUE_VULN_ID\":\"" + std::to_string(900'000'000 + number * 70'000) + '"',
             0xabcdef,
             "Active",
             "3",
             "55"}
        );
    CHECK(services::encode(host).size() < 1400);
}

TEST_CASE("known host: what is cut or something else is no host")
{
    const auto bytes = services::encode(example());
    for (std::size_t length = 0; length < bytes.size(); ++length)
    {
        const auto cut = services::decode(std::string_view(bytes).substr(0, length));
        CHECK((!cut || *cut != example()));
    }
    CHECK_FALSE(services::decode("").has_value());
    CHECK_FALSE(services::decode("\x02").has_value());
    CHECK_FALSE(services::decode(std::string(40, '\xff')).has_value());
}
