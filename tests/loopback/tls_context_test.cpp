#include "net/tls_context.hpp"
#include "support/loopback_site.hpp"

#include <doctest/doctest.h>

using namespace qdc;

namespace
{

/// Why no context could be made of `options`.
std::string refusal(const net::tls_options& options)
{
    const auto made = net::tls_context::make(options);
    CHECK_FALSE(made.has_value());
    return made.error();
}

bool names(const std::string& message, const std::filesystem::path& file)
{
    return message.find(file.native()) != std::string::npos;
}

bool says(const std::string& message, const char* words)
{
    return message.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("tls_context: good files make a context")
{
    const test::loopback_site site;
    CHECK(site.client() != nullptr);
}

TEST_CASE("tls_context: the system's trust needs no file")
{
    CHECK(test::loopback_site::client(net::tls_options{}) != nullptr);
}

TEST_CASE("tls_context: a missing file is named, with the reason in words")
{
    const test::loopback_site site;
    const std::filesystem::path nowhere = "/nowhere/at-all.pem";
    for (const auto member : {&net::tls_options::ca_file, &net::tls_options::certificate, &net::tls_options::key})
    {
        auto options = site.client_options();
        options.*member = nowhere;
        const auto why = refusal(options);
        INFO(why);
        CHECK(names(why, nowhere));
        CHECK(says(why, "No such file or directory"));
        CHECK_FALSE(says(why, "error 2"));
    }
}

TEST_CASE("tls_context: a file that is not PEM is named, with the reason in words")
{
    const test::loopback_site site;
    const auto prose = site.file("prose.txt", "This is a letter, not a certificate.\n");
    for (const auto member : {&net::tls_options::ca_file, &net::tls_options::certificate, &net::tls_options::key})
    {
        auto options = site.client_options();
        options.*member = prose;
        const auto why = refusal(options);
        INFO(why);
        CHECK(names(why, prose));
        CHECK_FALSE(says(why, "cannot be used: error"));
        CHECK_FALSE(says(why, "unknown reason"));
    }
}

TEST_CASE("tls_context: a key that belongs to another certificate is named together with the mismatch")
{
    const test::loopback_site site;
    auto options = site.client_options();
    options.key = site.file("other.key", site.authority().issue().key);
    const auto why = refusal(options);
    INFO(why);
    CHECK(names(why, options.key));
    CHECK(says(why, "mismatch"));
}

TEST_CASE("tls_context: a key behind a pass phrase is refused, nobody is asked for it")
{
    const test::loopback_site site;
    const auto who = site.authority().issue();
    auto options = site.client_options();
    options.certificate = site.file("locked.pem", who.certificate);
    options.key = site.file("locked.key", test::encrypted_key(who.key, "open sesame"));
    const auto why = refusal(options);
    INFO(why);
    CHECK(names(why, options.key));
    CHECK(says(why, "pass phrase"));
}

TEST_CASE("tls_context: a certificate file may carry its chain")
{
    const test::loopback_site site;
    const auto who = site.authority().issue();
    auto options = site.client_options();
    options.certificate = site.file("chain.pem", who.certificate + site.authority().certificate());
    options.key = site.file("chain.key", who.key);
    CHECK(test::loopback_site::client(options) != nullptr);
}

TEST_CASE("tls_context: every error code of a failed verification is a failure with words")
{
    const auto expired = net::verification_error(10);  // X509_V_ERR_CERT_HAS_EXPIRED
    CHECK(expired.failed());
    CHECK(expired.message() == "the peer's certificate is not accepted: certificate has expired");
}

TEST_CASE("tls_context: without a recorded reason the last TLS error is still a failure")
{
    CHECK(net::last_tls_error().failed());
}
