#include "site.hpp"

#include <doctest/doctest.h>

#include <filesystem>

using namespace qdc::settings;
using namespace qdc::settings::test;

namespace
{

const std::string config_key = "outputs.one.config.";

outcome
read_output(const site& here, const std::string& type, const std::string& config, const std::string& globals = "")
{
    pieces p;
    p.globals += globals;
    p.outputs = "  one:\n    type: " + type + "\n    config: {" + config + "}\n";
    return here.read(p.text());
}

const std::string certs = "chain: chain.crt, cert: acme.crt, key: acme.key";

outcome read_tls(const std::string& config, const std::string& globals = "")
{
    const site here;
    return read_output(here, "devo_platform", "address: collector-eu.devo.io, " + certs + ", " + config, globals);
}

}  // namespace

TEST_CASE("settings outputs: every official type is known")
{
    const site here;
    for (const std::string type : {"devo_platform", "relay"})
    {
        const auto result = read_output(here, type, "address: a, " + certs);
        CHECK(result.problems.empty());
        REQUIRE(result.value);
        CHECK(result.value->outputs.at(0).kind == output_kind::devo_tls);
        CHECK(result.value->outputs.at(0).port == "443");
        CHECK(result.value->outputs.at(0).confirm == confirmation::eof);
    }
    for (const std::string type : {"in_house_relay", "syslog", "sidecar"})
    {
        const auto result = read_output(here, type, "address: a");
        CHECK(result.problems.empty());
        REQUIRE(result.value);
        CHECK(result.value->outputs.at(0).kind == output_kind::plain_tcp);
        CHECK(result.value->outputs.at(0).port == "13000");
    }
    for (const std::string type : {"console", "stdout"})
    {
        const auto result = read_output(here, type, "");
        CHECK(result.problems.empty());
        REQUIRE(result.value);
        CHECK(result.value->outputs.at(0).kind == output_kind::console);
        CHECK(result.value->outputs.at(0).confirm == confirmation::none);
    }
    CHECK(
        problem_at(read_output(here, "devo_platfrm", ""), "outputs.one.type")->fix == "did you mean `devo_platform`?"
    );
    CHECK(problem_at(read_output(here, "kafka", ""), "outputs.one.type")->fix.find("sidecar") != std::string::npos);
}

TEST_CASE("settings outputs: several are kept in their order")
{
    const site here;
    pieces p;
    p.outputs = "  b: {type: console}\n  a: {type: syslog, config: {address: x}}\n";
    const auto result = here.read(p.text());
    REQUIRE(result.value);
    REQUIRE(result.value->outputs.size() == 2);
    CHECK(result.value->outputs[0].name == "b");
    CHECK(result.value->outputs[1].name == "a");
}

TEST_CASE("settings outputs: an empty map of outputs is an error")
{
    const site here;
    pieces p;
    p.outputs = "  {}\n";
    CHECK_FALSE(here.read(p.text()).value);
}

TEST_CASE("settings outputs: TLS needs an address and three files, and says so for each")
{
    const site here;
    const auto result = read_output(here, "devo_platform", "");
    CHECK_FALSE(result.value);
    for (const std::string key : {"address", "chain", "cert", "key"})
    {
        REQUIRE(problem_at(result, config_key + key));
        CHECK(problem_at(result, config_key + key)->what == "is missing");
    }
    pieces p;
    p.outputs = "  one: {type: relay}\n";
    CHECK(count(here.read(p.text()), severity::error) == 4);
}

TEST_CASE("settings outputs: the names of the Collector Server are other names of the same keys")
{
    const site here;
    const auto result = read_output(
        here, "relay", "url: a, port: '10443', chain_loc: chain.crt, cert_loc: acme.crt, key_loc: acme.key"
    );
    CHECK(result.problems.empty());
    REQUIRE(result.value);
    CHECK(result.value->outputs.at(0).address == "a");
    CHECK(result.value->outputs.at(0).port == "10443");
    CHECK(result.value->outputs.at(0).certificate == here.root() / "certs/acme.crt");

    const auto both = read_output(here, "relay", "address: a, url: b, " + certs);
    REQUIRE(both.value);
    CHECK(both.value->outputs.at(0).address == "a");
    CHECK(problem_at(both, config_key + "url")->severity == severity::warning);
}

TEST_CASE("settings outputs: an address may carry its port, never a scheme, never two ports")
{
    const site here;
    CHECK(read_output(here, "syslog", "address: 'relay:514'").value->outputs.at(0).port == "514");
    CHECK(problem_at(read_output(here, "syslog", "address: 'https://relay'"), config_key + "address"));
    CHECK(problem_at(read_output(here, "syslog", "address: 'relay:514', port: 515"), config_key + "address"));
    CHECK(
        problem_at(read_output(here, "syslog", "address: relay, port: 0"), config_key + "port")->what ==
        "0 is out of range"
    );
}

TEST_CASE("settings outputs: certificate names without a slash stand in certs, others where they say")
{
    namespace fs = std::filesystem;
    const site here;
    const auto other = here.write("else/x.crt", "x");
    const auto result = read_output(
        here,
        "relay",
        "address: a, chain: " + other.string() + ", cert: certs/acme.crt, key: acme.key, ca_file: chain.crt"
    );
    REQUIRE(result.value);
    CHECK(result.value->outputs.at(0).chain == other);
    CHECK(result.value->outputs.at(0).certificate == here.root() / "certs/acme.crt");
    CHECK(result.value->outputs.at(0).ca_file == here.root() / "certs/chain.crt");
    CHECK(read_tls("port: 443").value->outputs.at(0).ca_file.filename() == "chain.crt");
}

TEST_CASE("settings outputs: a file that is missing or a directory is an error with its whole path")
{
    const site here;
    const auto result =
        read_output(here, "relay", "address: a, chain: no.crt, cert: " + here.root().string() + ", key: acme.key");
    CHECK_FALSE(result.value);
    CHECK(
        problem_at(result, config_key + "chain")->what == (here.root() / "certs/no.crt").string() + " does not exist"
    );
    CHECK(problem_at(result, config_key + "cert")->what.find("is a directory") != std::string::npos);
}

TEST_CASE("settings outputs: the keys of ours are read and checked")
{
    const auto good =
        read_tls("check_hostname: false, sec_level: 1, confirm: TCP, replay_buffer_in_bytes: 65536, sending_timeout: 5"
        );
    CHECK(good.problems.empty());
    REQUIRE(good.value);
    const auto& to = good.value->outputs.at(0);
    CHECK_FALSE(to.check_hostname);
    CHECK(to.security_level == 1);
    CHECK(to.confirm == confirmation::tcp);
    CHECK(to.replay_buffer_bytes == 65536);
    CHECK(to.send_timeout == std::chrono::seconds(5));

    const auto standard = read_tls("port: 443");
    CHECK(standard.value->outputs.at(0).check_hostname);
    CHECK_FALSE(standard.value->outputs.at(0).security_level.has_value());
    CHECK(standard.value->outputs.at(0).replay_buffer_bytes == 8u << 20);

    CHECK(problem_at(read_tls("sec_level: 6"), config_key + "sec_level"));
    CHECK(problem_at(read_tls("confirm: ack"), config_key + "confirm")->fix == "write one of: eof, tcp, none");
    CHECK(problem_at(read_tls("replay_buffer_in_bytes: 10"), config_key + "replay_buffer_in_bytes"));
}

TEST_CASE("settings outputs: compression follows the official threshold")
{
    CHECK_FALSE(read_tls("threshold_for_using_gzip_in_transport_layer: 1.1").value->outputs.at(0).compress);
    const auto always = read_tls("threshold_for_using_gzip_in_transport_layer: -1.0, compression_level: 9");
    CHECK(always.problems.empty());
    CHECK(always.value->outputs.at(0).compress);
    CHECK(always.value->outputs.at(0).compression_level == 9);
    const auto sometimes = read_tls("threshold_for_using_gzip_in_transport_layer: 0.5");
    CHECK(sometimes.value->outputs.at(0).compress);
    CHECK(count(sometimes, severity::warning) == 1);
    CHECK_FALSE(read_tls("threshold_for_using_gzip_in_transport_layer: 2").value);
    CHECK_FALSE(read_tls("compression_level: 0").value);
}

TEST_CASE("settings outputs: sender settings of the globals go to every output")
{
    const auto result = read_tls(
        "compression_level: 2, period_sender_stats_in_seconds: 60",
        "  sender_stats_period_in_sec: 120\n  devo_sender_compression_level: 3\n"
        "  devo_sender_threshold_for_using_gzip_in_transport_layer: -1.0\n"
    );
    CHECK(result.problems.empty());
    REQUIRE(result.value);
    CHECK(result.value->outputs.at(0).statistics_period == std::chrono::seconds(120));
    CHECK(result.value->outputs.at(0).compression_level == 3);
    CHECK(result.value->outputs.at(0).compress);
}

TEST_CASE("settings outputs: retry settings are accepted and said to be idle")
{
    const auto result =
        read_tls("connecting_retries: 5, sending_max_wait_in_seconds: 60, concurrent_connections: 1, type: TCP");
    CHECK(result.value);
    CHECK(count(result, severity::warning) == 4);
    CHECK(problem_at(result, config_key + "connecting_retries")->what == "has no meaning here and is ignored");
}

TEST_CASE("settings outputs: a file name that swallowed other lines is cut before they begin")
{
    const site here;
    const auto result =
        read_output(here, "relay", "address: a, chain: 'no.crt password: s3cret', cert: acme.crt, key: acme.key");
    REQUIRE(problem_at(result, config_key + "chain"));
    CHECK(describe(*problem_at(result, config_key + "chain")).find("s3cret") == std::string::npos);
}
