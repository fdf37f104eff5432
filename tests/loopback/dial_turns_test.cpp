#include "flow/task_group.hpp"
#include "net/connect.hpp"
#include "net/connection.hpp"
#include "net/name_lookup.hpp"
#include "support/deaf_listener.hpp"
#include "support/loopback_moment.hpp"
#include "support/loopback_proxy.hpp"
#include "support/loopback_server.hpp"
#include "support/loopback_site.hpp"
#include "support/refusing_port.hpp"
#include "support/run.hpp"

#include <boost/asio/error.hpp>

#include <doctest/doctest.h>

using namespace qdc;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace
{

/// A loop in which every name has these addresses of 127.0.0.0/8.
struct named_loop
{
    explicit named_loop(std::vector<std::string> addresses)
    {
        net::name_addresses known;
        for (const auto& each : addresses)
            known.push_back(asio::ip::make_address(each));
        asio::make_service<net::name_lookup>(
            io, [known](const std::string&) -> result<net::name_addresses> { return known; }
        );
    }

    asio::io_context io{1};
};

/// What dialling came to.
struct dialled
{
    error_code failure;
    std::string text;
    std::string address;
};

asio::awaitable<void> dial_into(
    net::peer to,
    std::optional<net::proxy> via,
    std::shared_ptr<net::tls_context> tls,
    net::connection::limit within,
    dialled& got
)
{
    const auto made = co_await net::dial(std::move(to), std::move(via), std::move(tls), within);
    got.failure = made ? error_code() : made.error();
    got.text = made ? "" : made.error().message();
    got.address = made ? (*made)->peer_address() : made.error().addresses();
}

/// Accepts until it is stopped, and counts.
asio::awaitable<void> serve(test::loopback_server& server, int& met)
{
    for (;;)
    {
        const auto end = co_await server.accept();
        ++met;
    }
}

/// Accepts and never shakes hands.
asio::awaitable<void> stay_silent(test::loopback_server& server, int& met)
{
    std::vector<std::unique_ptr<test::loopback_end>> kept;
    for (;;)
    {
        auto end = co_await server.accept_silently();
        kept.push_back(std::move(end));
        ++met;
    }
}

/// Runs the client until it has ended and the servers have seen what they should.
asio::awaitable<void> while_serving(
    asio::io_context& io,
    std::vector<asio::awaitable<void>> servers,
    asio::awaitable<void> client,
    std::function<bool()> seen
)
{
    task_group serving(io.get_executor());
    for (auto& each : servers)
        serving.spawn("server", std::move(each));
    co_await std::move(client);
    const bool all_seen = co_await test::until(seen);
    CHECK(all_seen);
    serving.stop();
    co_await serving.join();
}

asio::awaitable<void> and_stop(test::loopback_proxy& proxy, asio::awaitable<void> task)
{
    co_await std::move(task);
    co_await proxy.stop();
}

asio::awaitable<void> meet(test::loopback_server& server, std::string& server_name)
{
    const auto end = co_await server.accept();
    server_name = end->server_name();
}

/// A node with the right certificate at 127.0.0.3, and another at 127.0.0.2 on the same port.
struct two_nodes
{
    two_nodes(asio::io_context& io, const test::loopback_site& site, const test::identity& other)
        : sick(io, other, {.client_authority = {}, .address = "127.0.0.2"}),
          good(
              io,
              site.authority().issue({.name = "node.test", .alternative_names = "DNS:node.test"}),
              {.client_authority = {},
               .address = "127.0.0.3",
               .port = static_cast<unsigned short>(std::stoi(sick.port()))}
          )
    {
    }

    test::loopback_server sick;
    test::loopback_server good;
    int sick_met{0};
    int good_met{0};
};

asio::awaitable<void> dial_thrice(
    two_nodes& nodes,
    std::string host,
    std::shared_ptr<net::tls_context> tls,
    net::connection::limit within,
    std::vector<dialled>& all
)
{
    for (int i = 0; i < 3; ++i)
    {
        dialled got;
        net::peer to{host, nodes.good.port()};
        co_await dial_into(std::move(to), std::nullopt, tls, within, got);
        all.push_back(std::move(got));
    }
}

void check_thrice(
    const test::identity& other, const test::loopback_site& site, bool silent, net::connection::limit within
)
{
    named_loop loop({"127.0.0.2", "127.0.0.3"});
    two_nodes nodes(loop.io, site, other);
    std::vector<dialled> all;
    std::vector<asio::awaitable<void>> servers;
    servers.push_back(silent ? stay_silent(nodes.sick, nodes.sick_met) : serve(nodes.sick, nodes.sick_met));
    servers.push_back(serve(nodes.good, nodes.good_met));
    const auto seen = [&nodes] { return nodes.sick_met == 1 && nodes.good_met == 3; };
    test::run(
        loop.io,
        while_serving(loop.io, std::move(servers), dial_thrice(nodes, "node.test", site.client(), within, all), seen),
        20s
    );
    REQUIRE(all.size() == 3);
    for (const auto& each : all)
    {
        CHECK(each.failure == error_code());
        CHECK(each.address == "127.0.0.3");
    }
    CHECK(nodes.sick_met == 1);  // asked once, then the good one comes first
    CHECK(nodes.good_met == 3);
}

}  // namespace

TEST_CASE("dial: an address with a wrong certificate lets the next one have its turn, and comes last from then on")
{
    const test::loopback_site site;
    check_thrice(
        site.authority().issue({.name = "other.test", .alternative_names = "DNS:other.test"}), site, false, 10s
    );
}

TEST_CASE("dial: an address that never shakes hands lets the next one have its turn")
{
    const test::loopback_site site;
    check_thrice(site.server(), site, true, 2000ms);
}

TEST_CASE("dial: when no address works, the error names each with its reason")
{
    const test::loopback_site site;
    named_loop loop({"127.0.0.2", "127.0.0.3", "127.0.0.4"});
    const test::identity expired = site.authority().issue(
        {.name = "node.test", .alternative_names = "DNS:node.test", .valid_from = -7200s, .valid_to = -3600s}
    );
    test::loopback_server node(loop.io, expired, {.client_authority = {}, .address = "127.0.0.3"});
    int met = 0;
    dialled got;
    std::vector<asio::awaitable<void>> servers;
    servers.push_back(serve(node, met));
    const auto seen = [&met] { return met == 1; };
    test::run(
        loop.io,
        while_serving(
            loop.io,
            std::move(servers),
            dial_into({"node.test", node.port()}, std::nullopt, site.client(), 10s, got),
            seen
        )
    );
    CHECK(
        got.text == "Connection refused (127.0.0.2, 127.0.0.4); the peer's certificate is not accepted: certificate "
                    "has expired (127.0.0.3)"
    );
    CHECK(got.address == "127.0.0.2, 127.0.0.3, 127.0.0.4");
    CHECK(met == 1);
}

TEST_CASE("dial: a name with a thousand addresses is tried at sixteen of them")
{
    std::vector<std::string> many;
    for (int i = 2; i < 200; ++i)
        many.push_back("127.0.1." + std::to_string(i));
    named_loop loop(many);
    const asio::ip::tcp::acceptor taken(loop.io, {asio::ip::address_v4::loopback(), 0});
    dialled got;
    test::run(
        loop.io,
        dial_into({"node.test", std::to_string(taken.local_endpoint().port())}, std::nullopt, nullptr, 10s, got)
    );
    CHECK(got.failure == asio::error::connection_refused);
    CHECK(got.text == "Connection refused (127.0.1.2, 127.0.1.3, 127.0.1.4, 127.0.1.5 and 12 more)");
}

TEST_CASE("dial: the only address of the configuration is not repeated in the message")
{
    asio::io_context io(1);
    const test::refusing_port taken(io);
    dialled got;
    test::run(io, dial_into({"127.0.0.1", taken.text()}, std::nullopt, nullptr, 10s, got));
    CHECK(got.text == "Connection refused");
    CHECK(got.address.empty());
}

TEST_CASE("dial: each address of the proxy's name gets its turn")
{
    named_loop loop({"127.0.0.2", "127.0.0.1"});
    test::loopback_server behind(loop.io);
    test::loopback_proxy proxy(loop.io, {});
    auto via = proxy.way();
    test::server_rules sick_rules{
        .client_authority = {}, .address = "127.0.0.2", .port = static_cast<unsigned short>(std::stoi(via.at.port))};
    test::loopback_server sick(loop.io, test::loopback_site().server(), sick_rules);
    via.at.host = "proxy.test";
    int sick_met = 0;
    int behind_met = 0;
    dialled got;
    std::vector<asio::awaitable<void>> servers;
    servers.push_back(stay_silent(sick, sick_met));
    servers.push_back(serve(behind, behind_met));
    const auto seen = [&sick_met, &behind_met] { return sick_met == 1 && behind_met == 1; };
    auto client = dial_into({"peer.test", behind.port()}, via, nullptr, 2000ms, got);
    test::run(loop.io, and_stop(proxy, while_serving(loop.io, std::move(servers), std::move(client), seen)), 20s);
    CHECK(got.failure == error_code());
    CHECK(got.address == "127.0.0.1");
    CHECK(sick_met == 1);
}

TEST_CASE("dial: a final dot of a name is for the look-up only, TLS does not see it")
{
    const test::loopback_site site;
    named_loop loop({"127.0.0.1"});
    test::loopback_server node(
        loop.io, site.authority().issue({.name = "node.test", .alternative_names = "DNS:node.test"})
    );
    std::string seen;
    dialled got;
    std::vector<asio::awaitable<void>> servers;
    servers.push_back(meet(node, seen));
    const auto named = [&seen] { return !seen.empty(); };
    test::run(
        loop.io,
        while_serving(
            loop.io,
            std::move(servers),
            dial_into({"node.test.", node.port()}, std::nullopt, site.client(), 10s, got),
            named
        )
    );
    CHECK(got.failure == error_code());
    CHECK(seen == "node.test");
    CHECK(net::peer{"node.test.", "443"}.text() == "node.test:443");
    CHECK(net::peer{"::1", "443"}.text() == "[::1]:443");
}
