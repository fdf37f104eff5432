#include "net/key_pair.hpp"

#include "app/output_certificates.hpp"
#include "net/tls_context.hpp"
#include "support/loopback_site.hpp"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <doctest/doctest.h>

#include <thread>

using namespace qdc;
using namespace std::chrono_literals;
using net::file_fault;

namespace
{

/// The same certificate in DER.
std::string der_of(const std::string& pem)
{
    BIO* const in = ::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    X509* const read = ::PEM_read_bio_X509(in, nullptr, nullptr, nullptr);
    unsigned char* bytes = nullptr;
    const int size = ::i2d_X509(read, &bytes);
    std::string der(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
    ::OPENSSL_free(bytes);
    ::X509_free(read);
    ::BIO_free(in);
    return der;
}

/// What is wrong with a pair of contents; both files are named in words.
file_fault fault_of(const test::loopback_site& site, const std::string& certificate, const std::string& key)
{
    const auto certificate_file = site.file("fault.pem", certificate);
    const auto key_file = site.file("fault.key", key);
    const auto read = net::read_key_pair(certificate_file, key_file);
    REQUIRE_FALSE(read.has_value());
    INFO(read.error().text);
    CHECK(read.error().text.find(read.error().file.native()) != std::string::npos);
    CHECK_FALSE(read.error().fix.empty());
    return read.error().fault;
}

}  // namespace

TEST_CASE("key pair: a certificate with its chain and its key, also in one file")
{
    const test::loopback_site site;
    const auto own = site.authority().issue();
    const auto file = site.file("all.pem", own.certificate + site.authority().certificate() + own.key);
    const auto read = net::read_key_pair(file, file);
    REQUIRE(read.has_value());
    CHECK(read->chain.size() == 2);
    CHECK(read->facts.front().subject == "CN=localhost");
    CHECK(net::first_expired(read->facts, std::chrono::system_clock::now()) == nullptr);
}

TEST_CASE("key pair: what is wrong is named")
{
    const test::loopback_site site;
    const auto own = site.authority().issue();
    const auto other = site.authority().issue();
    const auto authority = site.authority().certificate();
    auto joined = own.certificate;
    joined.pop_back();
    CHECK(fault_of(site, "", own.key) == file_fault::empty);
    CHECK(fault_of(site, own.certificate, "\n") == file_fault::empty);
    CHECK(fault_of(site, "Dear Sir,\n", own.key) == file_fault::not_pem);
    CHECK(fault_of(site, der_of(own.certificate), own.key) == file_fault::not_pem);
    CHECK(fault_of(site, joined + authority, own.key) == file_fault::damaged);
    CHECK(fault_of(site, own.certificate.substr(0, own.certificate.size() / 2), own.key) == file_fault::damaged);
    CHECK(fault_of(site, own.key, own.certificate) == file_fault::exchanged);
    CHECK(fault_of(site, own.certificate, authority) == file_fault::exchanged);
    CHECK(fault_of(site, own.certificate, test::encrypted_key(own.key, "word")) == file_fault::pass_phrase);
    CHECK(fault_of(site, own.certificate, other.key) == file_fault::other_pair);
    CHECK(fault_of(site, authority + own.certificate, own.key) == file_fault::authority_first);
    CHECK(net::read_key_pair("/nowhere/at-all.pem", "/nowhere").error().fault == file_fault::unreadable);
    CHECK(net::read_key_pair("/dev/zero", "/nowhere").error().fault == file_fault::unreadable);
}

TEST_CASE("key pair: an expired certificate anywhere in our chain counts, of the trusted ones the best does")
{
    const test::loopback_site site;
    const auto now = std::chrono::system_clock::now();
    const auto own = site.authority().issue();
    const auto expired = site.authority().issue({.name = "old", .valid_from = -7200s, .valid_to = -3600s});
    const auto file = site.file("own.pem", own.certificate + expired.certificate);
    const auto read = net::read_key_pair(file, site.file("own.key", own.key));
    REQUIRE(read.has_value());
    const auto* const late = net::first_expired(read->facts, now);
    REQUIRE(late != nullptr);
    CHECK(late->subject == "CN=old");

    const auto trust = net::read_trust(site.file("trust.pem", expired.certificate + site.authority().certificate()));
    REQUIRE(trust.has_value());
    CHECK(net::last_to_expire(trust->facts)->subject == "CN=authority of the test");
}

TEST_CASE("tls_context: a renewed pair is used when it is whole, a half-written one is not")
{
    const test::loopback_site site;
    const auto first = site.authority().issue({.name = "first"});
    const auto second = site.authority().issue({.name = "second"});
    auto options = site.client_options();
    options.certificate = site.file("own.pem", first.certificate);
    options.key = site.file("own.key", first.key);
    const auto context = test::loopback_site::client(options);
    const auto* const before = context->native();

    site.file("own.pem", second.certificate);
    std::this_thread::sleep_for(1100ms);  // it looks once a second
    context->refresh();
    CHECK(context->native() == before);
    CHECK(context->files().own.front().subject == "CN=first");
    CHECK(context->unusable().find("mismatch") != std::string::npos);

    site.file("own.key", second.key);
    std::this_thread::sleep_for(1100ms);
    context->refresh();
    CHECK(context->files().own.front().subject == "CN=second");
    CHECK(context->unusable().empty());
}

TEST_CASE("output_certificates: an old authority beside a good one is no news, a renewed certificate is")
{
    const test::loopback_site site;
    const auto old = site.authority().issue({.name = "old", .valid_from = -7200s, .valid_to = -3600s});
    settings::output wanted;
    wanted.chain = site.file("chain.crt", old.certificate + site.authority().certificate());
    wanted.certificate = site.file("own.pem", old.certificate);
    app::output_certificates certificates(wanted, nullptr);
    const auto now = std::chrono::system_clock::now();
    REQUIRE(certificates.now().size() == 2);
    CHECK(certificates.now()[0].expires < now);
    CHECK(certificates.now()[1].expires > now);
    CHECK(certificates.now()[1].file == "chain.crt");

    site.file("own.pem", site.authority().issue().certificate + site.authority().certificate());
    REQUIRE(certificates.now().size() == 2);
    CHECK(certificates.now()[0].expires > now);
    site.file("own.pem", "half");
    CHECK(certificates.now().size() == 2);
    CHECK(certificates.now()[0].expires > now);
}

TEST_CASE("key pair: the end of a root or of a needless certificate beside ours is none of our chain")
{
    const auto now = std::chrono::system_clock::now();
    const net::certificate_facts ours{"CN=ours", "CN=middle", now - 24h, now + 24h};
    const net::certificate_facts middle{"CN=middle", "CN=root", now - 24h, now + 48h};
    const net::certificate_facts earlier_middle{"CN=middle", "CN=old root", now - 24h, now - 1h};
    const net::certificate_facts root{"CN=root", "CN=root", now - 24h, now - 1h};
    const net::certificate_facts other{"CN=other", "CN=root", now - 24h, now - 1h};
    using facts = std::vector<net::certificate_facts>;
    CHECK(net::own_chain({ours, earlier_middle, middle, root, other}) == facts{ours, middle});
    CHECK(net::own_chain({ours, earlier_middle}) == facts{ours, earlier_middle});
    CHECK(net::own_chain({root}) == facts{root});
    CHECK(net::own_chain({}).empty());
}
