#include "net/certificate.hpp"
#include "net/key_pair.hpp"
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
    const auto read = net::read_trust(chain);
    REQUIRE_MESSAGE(read.has_value(), read.error().text);
    const auto& all = read->facts;
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
    const auto all = net::read_trust(site.file("for-ever.pem", site.authority().issue(wish).certificate));
    REQUIRE(all.has_value());
    REQUIRE(all->facts.size() == 1);
    CHECK(all->facts[0].not_after > std::chrono::system_clock::now() + std::chrono::hours(24) * 365 * 200);
}

TEST_CASE("certificate: a file that cannot be read is named with the reason")
{
    const test::loopback_site site;
    const auto good = site.authority().issue().certificate;
    const auto refusal = [](const std::filesystem::path& file)
    {
        const auto read = net::read_trust(file);
        CHECK_FALSE(read.has_value());
        return read.error().text;
    };
    const auto why = refusal("/nowhere/at-all.pem");
    CHECK(says(why, "/nowhere/at-all.pem"));
    CHECK(says(why, "No such file or directory"));
    const auto prose = site.file("prose.txt", "Dear Sir,\n");
    const auto not_pem = refusal(prose);
    CHECK(says(not_pem, prose.native()));
    CHECK(says(not_pem, "no start line"));
    // A damaged one behind a good one is not overlooked.
    const auto damaged = site.file("cut.pem", good + good.substr(0, good.size() / 2));
    CHECK(says(refusal(damaged), damaged.native()));
}

TEST_CASE("certificate: a key matches its own certificate only")
{
    const test::loopback_site site;
    const auto options = site.client_options();
    CHECK(net::read_key_pair(options.certificate, options.key).has_value());
    const auto other = site.file("other.key", site.authority().issue().key);
    const auto mismatch = net::read_key_pair(options.certificate, other);
    REQUIRE(mismatch.has_error());
    CHECK(says(mismatch.error().text, other.native()));
    CHECK(says(mismatch.error().text, "mismatch"));
    const auto missing = net::read_key_pair("/nowhere/at-all.pem", options.key);
    REQUIRE(missing.has_error());
    CHECK(says(missing.error().text, "/nowhere/at-all.pem"));
}
