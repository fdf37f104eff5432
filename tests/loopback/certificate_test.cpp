#include "net/certificate.hpp"
#include "net/tls_context.hpp"
#include "support/loopback_site.hpp"

#include <doctest/doctest.h>

using namespace qdc;
using namespace std::chrono_literals;

namespace
{

bool says(const std::string& why, const std::string& words)
{
    return why.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("certificate: all of a file are read, in order, with their names and dates")
{
    const test::loopback_site site;
    test::certificate_wish wish;
    wish.name = "collector";
    wish.valid_from = -60s;
    wish.valid_to = 86400s;
    const auto who = site.authority().issue(wish);
    const auto now = std::chrono::system_clock::now();
    const auto chain = site.file("chain.pem", who.certificate + who.key + site.authority().certificate());
    std::string why;
    const auto all = net::read_certificates(chain, why);
    INFO(why);
    REQUIRE(all.size() == 2);
    CHECK(all[0].subject == "CN=collector");
    CHECK(all[0].issuer == "CN=authority of the test");
    CHECK(all[1].subject == "CN=authority of the test");
    CHECK(all[0].not_before < now);
    CHECK(all[0].not_before > now - 70s);
    CHECK(all[0].not_after > now + 86300s);
    CHECK(all[0].not_after < now + 86500s);
}

TEST_CASE("certificate: one that never ends has the latest date there is")
{
    const test::loopback_site site;
    test::certificate_wish wish;
    wish.valid_to = std::chrono::hours(24) * 365 * 2000;
    std::string why;
    const auto all = net::read_certificates(site.file("for-ever.pem", site.authority().issue(wish).certificate), why);
    REQUIRE(all.size() == 1);
    CHECK(all[0].not_after > std::chrono::system_clock::now() + std::chrono::hours(24) * 365 * 200);
}

TEST_CASE("certificate: a file that cannot be read is named with the reason")
{
    const test::loopback_site site;
    const auto good = site.authority().issue().certificate;
    std::string why;
    CHECK(net::read_certificates("/nowhere/at-all.pem", why).empty());
    CHECK(says(why, "/nowhere/at-all.pem"));
    CHECK(says(why, "No such file or directory"));
    const auto prose = site.file("prose.txt", "Dear Sir,\n");
    CHECK(net::read_certificates(prose, why).empty());
    CHECK(says(why, prose.native()));
    CHECK(says(why, "no start line"));
    // A damaged one behind a good one is not overlooked.
    const auto damaged = site.file("cut.pem", good + good.substr(0, good.size() / 2));
    CHECK(net::read_certificates(damaged, why).empty());
    CHECK(says(why, damaged.native()));
}

TEST_CASE("certificate: a key matches its own certificate only")
{
    const test::loopback_site site;
    const auto options = site.client_options();
    std::string why;
    CHECK(net::key_matches(options.certificate, options.key, why));
    CHECK(why.empty());
    const auto other = site.file("other.key", site.authority().issue().key);
    CHECK_FALSE(net::key_matches(options.certificate, other, why));
    CHECK(says(why, other.native()));
    CHECK(says(why, "mismatch"));
    CHECK_FALSE(net::key_matches("/nowhere/at-all.pem", options.key, why));
    CHECK(says(why, "/nowhere/at-all.pem"));
}
