#include "site.hpp"

#include <doctest/doctest.h>

using namespace qdc;
using namespace qdc::settings;
using namespace qdc::settings::test;
using namespace std::chrono_literals;

namespace
{

outcome read_with(const site& here, const std::string& text, const external_checks& checks)
{
    location where;
    where.config = here.write("config/config.yaml", text);
    return read(where, present(), checks);
}

const std::string tls_output = "  devo:\n    type: devo_platform\n    config:\n      url: collector.example.com\n"
                               "      chain_loc: chain.crt\n      cert_loc: acme.crt\n      key_loc: acme.key\n";

/// A service whose data begins at a moment.
std::string beginning_at(utc_time start)
{
    pieces p;
    p.services = "      host_list: {start_time_utc: \"" + utc_seconds(start) + "\"}\n";
    return p.text();
}

}  // namespace

TEST_CASE(
    "settings external checks: what is found about certificates is reported in their lines, under the key as written"
)
{
    const site here;
    pieces p;
    p.outputs = tls_output;
    external_checks checks;
    checks.identity = [](const output& output) -> std::vector<remark>
    {
        return {
            {severity::error,
             "key",
             "belongs to another certificate than " + output.certificate.filename().string(),
             "f"},
            {severity::warning, "cert", "expired at 2026-01-01T00:00:00Z", "g"}};
    };
    const auto result = read_with(here, p.text(), checks);
    CHECK_FALSE(result.value);
    const auto* const key = problem_at(result, "outputs.devo.config.key_loc");
    REQUIRE(key);
    CHECK(key->what == "belongs to another certificate than acme.crt");
    CHECK(key->line == 10);
    CHECK(problem_at(result, "outputs.devo.config.cert_loc")->severity == severity::warning);
}

TEST_CASE("settings external checks: a certificate that cannot be read is not asked about")
{
    const site here;
    pieces p;
    p.outputs =
        "  devo:\n    type: devo_platform\n    config: {address: a, chain: none, cert: acme.crt, key: acme.key}\n";
    external_checks checks;
    checks.identity = [](const output&) -> std::vector<remark>
    {
        FAIL("asked");
        return {};
    };
    CHECK(count(read_with(here, p.text(), checks), severity::error) == 1);
}

TEST_CASE("settings external checks: a way to Qualys or Devo that cannot be used is an error, of the environment too")
{
    const site here;
    pieces p;
    p.outputs = tls_output;
    external_checks checks;
    checks.proxy = [](const secret& proxy, const std::string& host, const std::string& port)
    { return proxy.empty() ? "no way to " + host + ":" + port : std::string(); };
    const auto result = read_with(here, p.text(), checks);
    CHECK(problem_at(result, "inputs.qualys.proxy")->what == "no way to qualysapi.example.com:443");
    CHECK(problem_at(result, "outputs.devo.config.proxy")->what == "no way to collector.example.com:443");

    location where;
    where.config = here.write("config/config.yaml", p.text());
    where.secrets = false;
    CHECK(read(where, present(), checks).value);  // `state show` goes nowhere
}

TEST_CASE("settings obfuscation: a first name that no event has is warned of, with the nearest one")
{
    const site here;
    pieces p;
    p.services =
        "      host_list:\n        obfuscation_data:\n          - {name: [Netbios]}\n          - {name: [NETBIOS]}\n"
        "          - {name: ['*', x]}\n          - {name: [SOMETHING_OF_OURS]}\n"
        "      host_list_detection:\n        obfuscation_data: [{name: [DETECTION, RESULTS]}]\n"
        "      user_activity:\n        obfuscation_data:\n          - {name: [UserName]}\n";
    const auto result = here.read(p.text());
    CHECK(result.value);
    const std::string rules = "inputs.qualys.services.host_list.obfuscation_data";
    CHECK(problem_at(result, rules + "[0].name")->fix == "did you mean `NETBIOS`?");
    CHECK_FALSE(problem_at(result, rules + "[1].name"));
    CHECK_FALSE(problem_at(result, rules + "[2].name"));
    CHECK(problem_at(result, rules + "[3].name")->fix.find("pull SERVICE") != std::string::npos);
    CHECK(
        problem_at(result, "inputs.qualys.services.user_activity.obfuscation_data[0].name")->fix ==
        "did you mean `User Name`?"
    );
    CHECK(count(result, severity::warning) == 3);
}

TEST_CASE("settings external checks: a start in the future is an error by a clock that is believed")
{
    const site here;
    external_checks checks;
    checks.passed = [](const std::filesystem::path&) { return present() - 1s; };
    CHECK_FALSE(read_with(here, beginning_at(present() + 1h), checks).value);
}

TEST_CASE("settings external checks: by a clock that is behind it is a warning, and the service keeps its start")
{
    const site here;
    external_checks checks;
    std::filesystem::path asked;
    checks.passed = [&asked](const std::filesystem::path& state_directory)
    {
        asked = state_directory;
        return present() + 1s;
    };
    const auto result = read_with(here, beginning_at(present() + 1h), checks);
    REQUIRE(result.value);
    CHECK(result.value->inputs.at(0).services.at(0).start_time == present() + 1h);
    CHECK(problem_at(result, "inputs.qualys.services.host_list.start_time_utc")->severity == severity::warning);
    CHECK(asked == here.root() / "state");
}
