#include "flow/task_group.hpp"
#include "net/connection.hpp"
#include "support/loopback_moment.hpp"
#include "support/loopback_server.hpp"
#include "support/loopback_site.hpp"
#include "support/run.hpp"

#include <boost/asio/error.hpp>

#include <openssl/ssl.h>

#include <doctest/doctest.h>

#include <chrono>
#include <optional>

using namespace qdc;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace
{

/// One attempt, from one fresh pair of a site and a server.
struct attempt
{
    test::certificate_wish server_wish;
    test::server_rules rules;
    net::tls_options client;
    std::string host{"localhost"};
    error_code outcome;
    std::string server_name;  ///< what the server saw as SNI
    std::string protocol;
    std::optional<net::certificate_facts> shown;  ///< what the client says of the server's certificate
};

asio::awaitable<void> meet(test::loopback_server& server, attempt& one)
{
    auto end = co_await server.accept();
    one.server_name = end->server_name();
    one.protocol = ::SSL_get_version(end->native());
}

asio::awaitable<void> try_once(asio::io_context& io, attempt& one, test::loopback_server& server)
{
    task_group servers(io.get_executor());
    servers.spawn("server", meet(server, one));
    net::peer to{one.host, server.port()};
    const auto made = co_await net::dial(std::move(to), std::nullopt, test::loopback_site::client(one.client), 60s);
    one.outcome = made ? error_code() : made.error();
    one.shown = made ? (*made)->peer_certificate() : std::nullopt;
    co_await servers.join();
}

void dial_once(const test::loopback_site& site, attempt& one)
{
    asio::io_context io(1);
    const auto who = site.authority().issue(one.server_wish);
    test::loopback_server server(io, who, one.rules);
    test::run(io, try_once(io, one, server));
}

attempt attempt_at(const test::loopback_site& site)
{
    attempt one;
    one.client = site.client_options();
    return one;
}

bool says(const error_code& ec, const char* words)
{
    return ec.message().find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("dial: a peer with the right name and authority is accepted, with SNI and TLS 1.3")
{
    const test::loopback_site site;
    auto one = attempt_at(site);
    dial_once(site, one);
    CHECK(one.outcome == error_code());
    CHECK(one.server_name == "localhost");
    CHECK(one.protocol == "TLSv1.3");
}

TEST_CASE("dial: the connection says which certificate the peer has shown, and until when it holds")
{
    const test::loopback_site site;
    auto one = attempt_at(site);
    one.server_wish.valid_to = 7200s;
    const auto begin = std::chrono::system_clock::now();
    dial_once(site, one);
    REQUIRE(one.shown.has_value());
    CHECK(one.shown->subject == "CN=localhost");
    CHECK(one.shown->issuer == "CN=authority of the test");
    CHECK(one.shown->not_after > begin + 7190s);
    CHECK(one.shown->not_after < begin + 7290s);
}

TEST_CASE("dial: TLS 1.2 is good enough")
{
    const test::loopback_site site;
    auto one = attempt_at(site);
    one.rules.highest = TLS1_2_VERSION;
    dial_once(site, one);
    CHECK(one.outcome == error_code());
    CHECK(one.protocol == "TLSv1.2");
}

TEST_CASE("dial: TLS 1.1 is refused")
{
    const test::loopback_site site;
    auto one = attempt_at(site);
    one.rules.lowest = one.rules.highest = TLS1_1_VERSION;
    dial_once(site, one);
    INFO(one.outcome.message());
    CHECK(one.outcome.failed());
    CHECK(says(one.outcome, "version"));
}

TEST_CASE("dial: a certificate for another name is refused in words")
{
    const test::loopback_site site;
    auto one = attempt_at(site);
    one.server_wish.alternative_names = "DNS:elsewhere.example";
    dial_once(site, one);
    INFO(one.outcome.message());
    CHECK(one.outcome == net::verification_error(X509_V_ERR_HOSTNAME_MISMATCH));
    CHECK(says(one.outcome, "hostname mismatch"));
}

TEST_CASE("dial: with check_hostname off another name is accepted, and SNI still goes out")
{
    const test::loopback_site site;
    auto one = attempt_at(site);
    one.server_wish.alternative_names = "DNS:elsewhere.example";
    one.client.check_hostname = false;
    dial_once(site, one);
    CHECK(one.outcome == error_code());
    CHECK(one.server_name == "localhost");
}

TEST_CASE("dial: with check_hostname off another authority is still refused")
{
    const test::loopback_site site;
    auto one = attempt_at(site);
    one.client.ca_file = site.file("other.pem", test::test_authority("somebody else").certificate());
    one.client.check_hostname = false;
    dial_once(site, one);
    INFO(one.outcome.message());
    CHECK(one.outcome.failed());
}

TEST_CASE("dial: an address is found among the certificate's addresses and is no SNI")
{
    const test::loopback_site site;
    auto one = attempt_at(site);
    one.host = "127.0.0.1";
    dial_once(site, one);
    CHECK(one.outcome == error_code());
    CHECK(one.server_name.empty());
}

TEST_CASE("dial: an address that the certificate does not name is refused")
{
    const test::loopback_site site;
    auto one = attempt_at(site);
    one.host = "127.0.0.1";
    one.server_wish.alternative_names = "DNS:localhost,DNS:127.0.0.1,IP:127.0.0.2";
    dial_once(site, one);
    INFO(one.outcome.message());
    CHECK(one.outcome == net::verification_error(X509_V_ERR_IP_ADDRESS_MISMATCH));
}

TEST_CASE("dial: with check_hostname off an address needs no name in the certificate")
{
    const test::loopback_site site;
    auto one = attempt_at(site);
    one.host = "127.0.0.1";
    one.server_wish.alternative_names = "DNS:elsewhere.example";
    one.client.check_hostname = false;
    dial_once(site, one);
    CHECK(one.outcome == error_code());
}

TEST_CASE("dial: a certificate of an unknown authority is refused in words")
{
    const test::loopback_site site;
    auto one = attempt_at(site);
    one.client.ca_file = site.file("other.pem", test::test_authority("somebody else").certificate());
    dial_once(site, one);
    INFO(one.outcome.message());
    CHECK(says(one.outcome, "unable to get local issuer certificate"));
}

TEST_CASE("dial: a certificate that has expired is refused in words")
{
    const test::loopback_site site;
    auto one = attempt_at(site);
    one.server_wish.valid_to = -60s;
    dial_once(site, one);
    CHECK(says(one.outcome, "certificate has expired"));
}

TEST_CASE("dial: a certificate that is not valid yet is refused in words")
{
    const test::loopback_site site;
    auto one = attempt_at(site);
    one.server_wish.valid_from = 600s;
    dial_once(site, one);
    CHECK(says(one.outcome, "certificate is not yet valid"));
}

TEST_CASE("dial: a mutual handshake shows our certificate")
{
    const test::loopback_site site;
    auto one = attempt_at(site);
    one.rules.client_authority = site.authority().certificate();
    one.rules.highest = TLS1_2_VERSION;  // with TLS 1.3 the client would not know yet
    dial_once(site, one);
    CHECK(one.outcome == error_code());
}

TEST_CASE("dial: a peer that refuses our certificate in TLS 1.2 says so at once")
{
    const test::loopback_site site;
    auto one = attempt_at(site);
    one.rules.client_authority = test::test_authority("somebody else").certificate();
    one.rules.highest = TLS1_2_VERSION;
    dial_once(site, one);
    INFO(one.outcome.message());
    CHECK(says(one.outcome, "alert unknown ca"));
}

namespace
{

/// What the server saw of three connections, one after the other.
struct dials_in_a_row
{
    std::array<bool, 3> resumed{};
    std::array<error_code, 3> outcome;
};

asio::awaitable<void> serve_a_line(test::loopback_server& server, bool& resumed)
{
    auto end = co_await server.accept();
    if (::SSL_is_init_finished(end->native()) == 0)
        end = co_await server.accept();
    resumed = ::SSL_session_reused(end->native()) == 1;
    co_await end->write("x");
    const auto rest = co_await end->read_to_end();
    CHECK(rest.empty());
}

asio::awaitable<void> dial_again(
    asio::io_context& io, dials_in_a_row& seen, test::loopback_server& server, std::shared_ptr<net::tls_context> context
)
{
    for (std::size_t turn = 0; turn < seen.resumed.size(); ++turn)
    {
        task_group servers(io.get_executor());
        servers.spawn("server", serve_a_line(server, seen.resumed[turn]));
        net::peer to{"localhost", server.port()};
        auto made = co_await net::dial(std::move(to), std::nullopt, context, 60s);
        seen.outcome[turn] = made ? error_code() : made.error();
        if (made)
        {
            std::array<char, 8> room{};
            const auto read = co_await (*made)->read_some(room, 60s);
            CHECK(read.has_value());
            const auto ended =
                co_await (*made)->end_sending(2s);  // OpenSSL forgets the session of one that just breaks off
            CHECK_FALSE(ended);
            made->reset();
        }
        co_await servers.join();
    }
}

}  // namespace

TEST_CASE("dial: a server that refuses the sessions that it gave out is met in full, at once")
{
    const test::loopback_site site;
    asio::io_context io(1);
    const auto who = site.authority().issue({});
    test::server_rules rules;
    rules.client_authority = site.authority().certificate();
    test::loopback_server server(io, who, rules);
    dials_in_a_row seen;
    test::run(io, dial_again(io, seen, server, test::loopback_site::client(site.client_options())));
    CHECK(seen.resumed == std::array{false, false, false});
    CHECK(seen.outcome == std::array<error_code, 3>{});
}

TEST_CASE("dial: a second connection resumes the session of the first")
{
    const test::loopback_site site;
    asio::io_context io(1);
    const auto who = site.authority().issue({});
    test::loopback_server server(io, who, {});
    dials_in_a_row seen;
    test::run(io, dial_again(io, seen, server, test::loopback_site::client(site.client_options())));
    CHECK(seen.resumed == std::array{false, true, true});
    CHECK(seen.outcome == std::array<error_code, 3>{});
}
