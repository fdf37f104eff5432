#include "app/configuration.hpp"

#include "app/build_day.hpp"
#include "state/inspect.hpp"
#include "support/test_pki.hpp"
#include "unit/settings/site.hpp"

#include <doctest/doctest.h>

#include <chrono>

using namespace qdc;
using namespace qdc::settings::test;
using namespace std::chrono_literals;
using settings::severity;

namespace
{

const std::string config_key = "outputs.devo.config.";

/// A configuration with an output over TLS, and good files for it.
struct delivery
{
    site here;
    test::test_authority authority{"Devo"};
    test::identity own{authority.issue()};

    delivery()
    {
        here.write("certs/chain.crt", authority.certificate());
        here.write("certs/acme.crt", own.certificate);
        here.write("certs/acme.key", own.key);
    }

    settings::outcome read(const std::string& start = {}, utc_time now = std::chrono::system_clock::now()) const
    {
        pieces p;
        p.outputs =
            "  devo:\n    type: devo_platform\n    config: {address: localhost, chain: chain.crt, cert: acme.crt, "
            "key: acme.key}\n";
        if (!start.empty())
            p.services = "      host_list: {start_time_utc: \"" + start + "\"}\n";
        settings::location where;
        where.config = here.write("config/config.yaml", p.text());
        return app::read_configuration(where, now);
    }

    /// What is said of a key, with these bytes in a file.
    std::string fault(const std::string& file, const std::string& bytes, const std::string& key) const
    {
        here.write(file, bytes);
        const auto result = read();
        CHECK_FALSE(result.value);
        const auto* const found = problem_at(result, config_key + key);
        return found == nullptr ? "nothing" : found->what;
    }
};

}  // namespace

TEST_CASE("configuration: good certificates and keys pass without a word")
{
    const delivery all;
    const auto result = all.read();
    CHECK(lines_of(result, all.here).empty());
    CHECK(result.value);
}

TEST_CASE("configuration: a certificate and a key that run cannot use are errors, under the key that names the file")
{
    const delivery all;
    CHECK(all.fault("certs/acme.key", all.authority.issue().key, "key") != "nothing");
    CHECK(
        all.fault("certs/acme.key", test::encrypted_key(all.own.key, "phrase"), "key").find("pass phrase") !=
        std::string::npos
    );
    CHECK(all.fault("certs/acme.key", all.own.certificate, "key") != "nothing");
    all.here.write("certs/acme.key", all.own.key);
    CHECK(all.fault("certs/acme.crt", all.own.key, "cert") != "nothing");
    CHECK(all.fault("certs/acme.crt", all.authority.certificate() + all.own.certificate, "cert") != "nothing");
    CHECK(all.fault("certs/acme.crt", "\x30\x82\x01\x01", "cert") != "nothing");
    all.here.write("certs/acme.crt", all.own.certificate);
    CHECK(all.fault("certs/chain.crt", "", "chain").find("empty") != std::string::npos);
    all.here.write("certs/chain.crt", all.authority.certificate());
    CHECK(all.read().value);
}

TEST_CASE("configuration: every file that is wrong is named in one run")
{
    const delivery all;
    all.here.write("certs/chain.crt", "x");
    all.here.write("certs/acme.crt", all.own.key);
    const auto result = all.read();
    CHECK(problem_at(result, config_key + "chain"));
    CHECK(problem_at(result, config_key + "cert"));
}

TEST_CASE("configuration: an expired certificate is a warning with its date")
{
    const delivery all;
    test::certificate_wish wish;
    wish.valid_from = -2h;
    wish.valid_to = -1h;
    const auto expired = all.authority.issue(wish);
    all.here.write("certs/acme.crt", expired.certificate);
    all.here.write("certs/acme.key", expired.key);
    const auto result = all.read();
    CHECK(result.value);
    const auto* const found = problem_at(result, config_key + "cert");
    REQUIRE(found);
    CHECK(found->severity == severity::warning);
    CHECK(found->what.find("expired at 20") != std::string::npos);
}

TEST_CASE("configuration: a proxy of the environment that is not supported is an error before anything is asked")
{
    for (const std::string proxy :
         {"https://proxy:3128", "socks5://u:s3cret@proxy:1080", "http://proxy:port", "proxy\nproxy"})
    {
        CAPTURE(proxy);
        delivery all;
        all.here.environment("HTTPS_PROXY", proxy);
        const auto result = all.read();
        CHECK_FALSE(result.value);
        const auto* const found = problem_at(result, "inputs.qualys.proxy");
        REQUIRE(found);
        CHECK(found->what.find("HTTPS_PROXY") != std::string::npos);
        CHECK(settings::problems_json(result.problems).find("s3cret") == std::string::npos);
    }
}

TEST_CASE("configuration: a clock before the day of the build is not believed, nor one before the newest checkpoint")
{
    const delivery all;
    const auto text = [](utc_time at) { return utc_seconds(at); };
    const auto year = std::chrono::hours(365 * 24);
    const utc_time before_the_build = app::build_day() - year;
    CHECK(all.read(text(before_the_build + 1h), before_the_build).value);

    const utc_time now = std::chrono::system_clock::now();
    CHECK_FALSE(all.read(text(now + 1h), now).value);
    REQUIRE(state::set(all.here.root() / "state", {"qualys", "00123", "host_list"}, "{}", now + 2h));
    CHECK(all.read(text(now + 1h), now).value);
}
