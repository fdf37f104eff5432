#include "site.hpp"
#include "support/golden.hpp"

#include <doctest/doctest.h>

#include <filesystem>

using namespace qdc::settings;
using namespace qdc::settings::test;

namespace
{

/// Every secret that the tests of this file write.
void check_no_secret(const outcome& result)
{
    const auto json = problems_json(result.problems);
    CHECK(json.find("s3cret") == std::string::npos);
    for (const auto& p : result.problems)
        CHECK(describe(p).find("s3cret") == std::string::npos);
}

}  // namespace

TEST_CASE("settings read: the official page's config.yaml loads, and each of its defects is a warning")
{
    const site here;
    const auto result = here.read(qdc::test::data("settings/official_page.yaml"));
    qdc::test::check_golden("settings/official_page.problems", lines_of(result, here));
    REQUIRE(result.value);

    const auto& to = *result.value;
    CHECK(to.name == "qualys_collector");
    CHECK(to.id == "not_used");
    CHECK(to.state == persistence::filesystem);
    CHECK(to.directory == here.root());
    CHECK(to.state_directory == here.root() / "state");
    REQUIRE(to.inputs.size() == 1);
    const auto& in = to.inputs[0];
    CHECK(in.name == "qualys");
    CHECK(in.id == "00123");
    CHECK(in.environment == "prod");
    CHECK(in.host == "qualysapi.qualys.com");
    CHECK(in.port == "443");
    CHECK(in.login.username == "acme_ab1");
    CHECK(in.login.password.reveal() == "s3cret");
    REQUIRE(in.services.size() == 4);
    CHECK(in.services[0].name == "vm_scans");
    CHECK(in.services[0].period == std::chrono::seconds(120));
    CHECK(in.services[0].tag == "my.app.qualys.x");
    CHECK(in.services[0].start_time == qdc::parse_utc("2024-01-10T00:00:00Z"));
    CHECK(in.services[2].filters.at("details") == "All");
    CHECK(in.services[2].filters.at("show_asset_id") == "1");
    CHECK(in.services[2].filters.at("show_cloud_tags") == "0");
    CHECK(in.services[3].filters.count("details") == 0);
    CHECK(in.services[3].filters.at("status") == "New,Fixed");
    REQUIRE(to.outputs.size() == 1);
    CHECK(to.outputs[0].name == "devo_1");
    CHECK(to.outputs[0].address == "collector-eu.devo.io");
    CHECK(to.outputs[0].chain == here.root() / "certs/chain.crt");
    CHECK(to.outputs[0].key == here.root() / "certs/acme.key");
    check_no_secret(result);
}

TEST_CASE("settings read: Windows line ends change neither the values nor the warnings")
{
    const site here;
    auto text = qdc::test::data("settings/official_page.yaml");
    const auto unix_lines = here.read(text);
    for (std::size_t at = text.find('\n'); at != text.npos; at = text.find('\n', at + 2))
        text.insert(at, "\r");
    const auto windows_lines = here.read(text);
    CHECK(problems_json(windows_lines.problems) == problems_json(unix_lines.problems));
    REQUIRE(windows_lines.value);
    CHECK(windows_lines.value->inputs.at(0).login.password.reveal() == "s3cret");
    CHECK(
        windows_lines.value->inputs.at(0).services.at(3).filters ==
        unix_lines.value->inputs.at(0).services.at(3).filters
    );
}

TEST_CASE("settings read: a job and a collector file of a Collector Server are one configuration")
{
    const site here;
    location where;
    where.directory = here.root();
    where.job_config = here.write("job.json", qdc::test::data("settings/official_job.json"));
    where.collector_config = here.write("collector.json", qdc::test::data("settings/official_collector.json"));
    const auto result = read(where, present(), {});
    qdc::test::check_golden("settings/official_job.problems", lines_of(result, here));
    REQUIRE(result.value);
    CHECK(result.files.pair);
    CHECK(result.value->name == "acme_qualys");
    CHECK(result.value->id == "4711");
    CHECK(result.value->state_directory == here.root() / "state");
    CHECK(result.value->inputs.at(0).environment == "prod");
    CHECK(result.value->inputs.at(0).services.at(3).filters.at("status") == "New,Re-Opened");
    REQUIRE(result.value->outputs.size() == 2);
    CHECK(result.value->outputs[0].name == "relay_0");
    CHECK(result.value->outputs[0].kind == output_kind::devo_tls);
    CHECK(result.value->outputs[0].address == "collector-us.devo.io");
    CHECK(result.value->outputs[0].chain == here.root() / "certs/chain.crt");
    CHECK(result.value->outputs[1].name == "stdout_0");
    CHECK(result.value->outputs[1].kind == output_kind::console);
    check_no_secret(result);
}

TEST_CASE("settings read: a job may be just the inputs, and loggers may be a map with flat settings")
{
    const site here;
    location where;
    where.directory = here.root();
    where.job_config = here.write("job.json", R"({"qualys": {"id": 7, "services": {"vm_scans": {}},
        "credentials": {"hostname": "h", "username": "u", "password": "s3cret"}}})");
    where.collector_config = here.write("collector.json", R"({"job_name": "n", "state_store": {"type": "memory"},
        "loggers": {"one": {"type": "syslog", "location": "relay.example.com", "port": 13000}}})");
    const auto result = read(where, present(), {});
    CHECK(result.problems.empty());
    REQUIRE(result.value);
    CHECK(result.value->state == persistence::memory);
    CHECK(result.value->inputs.at(0).id == "7");
    CHECK(result.value->outputs.at(0).kind == output_kind::plain_tcp);
    CHECK(result.value->outputs.at(0).address == "relay.example.com");
    CHECK(result.value->outputs.at(0).port == "13000");
}

TEST_CASE("settings read: global_overrides change what they name and nothing else")
{
    const site here;
    auto text = pieces().text();
    text += "global_overrides:\n  debug: true\n  name: other\n  status:\n    port: 9000\n  queue_max_size_in_mb: 5\n";
    const auto result = here.read(text);
    REQUIRE(result.value);
    CHECK(result.value->debug);
    CHECK(result.value->name == "acme");
    CHECK(result.value->status.port == 9000);
    REQUIRE(problem_at(result, "global_overrides.name"));
    CHECK(
        problem_at(result, "global_overrides.name")->what ==
        "[WARNING] Illegal override setting has been ignored -> name: other"
    );
    REQUIRE(problem_at(result, "global_overrides.queue_max_size_in_mb"));
    CHECK(
        problem_at(result, "global_overrides.queue_max_size_in_mb")->what ==
        "[WARNING] Illegal override setting has been ignored -> queue_max_size_in_mb: 5"
    );
}

TEST_CASE("settings read: the cloud form alone, with outputs, gets a name of its own")
{
    const site here;
    const auto result = here.read(R"({"global_overrides": {"debug": "true"},
        "inputs": {"qualys": {"id": "1", "services": {"host_list": {}},
                   "credentials": {"hostname": "h", "username": "u", "password": "s3cret"}}},
        "outputs": {"c": {"type": "console"}}})");
    REQUIRE(result.value);
    CHECK(result.value->name == "qualys");
    CHECK(result.value->debug);
    CHECK(count(result, severity::warning) == 1);
}

TEST_CASE("settings read: a small configuration has every default")
{
    const site here;
    const auto result = here.read(pieces().text());
    CHECK(result.problems.empty());
    REQUIRE(result.value);
    const auto& to = *result.value;
    CHECK(to.internal_events);
    CHECK_FALSE(to.debug);
    CHECK_FALSE(to.hostname.empty());
    CHECK(to.status.enabled);
    CHECK(to.status.address == "127.0.0.1");
    CHECK(to.status.port == 9688);
    CHECK(to.state_directory == here.root() / "state");
    const auto& in = to.inputs.at(0);
    CHECK(in.quota_share == 0.8);
    CHECK(in.connect_timeout == std::chrono::seconds(30));
    CHECK(in.first_byte_timeout == std::chrono::seconds(600));
    CHECK(in.idle_timeout == std::chrono::seconds(120));
    CHECK(
        in.api_versions ==
        std::map<std::string, std::string>{
            {"scan_list", "3.0"},
            {"scan_fetch", "2.0"},
            {"host_list", "5.0"},
            {"host_list_detection", "5.0"},
            {"user_activity", "2.0"},
            {"knowledge_base", "4.0"}}
    );
    const auto& s = in.services.at(0);
    const service standard;
    CHECK(s.period == standard.period);
    CHECK(s.page_size == standard.page_size);
    CHECK(s.settle_delay == standard.settle_delay);
    CHECK(s.overlap == standard.overlap);
    CHECK(s.keys == std::map<std::string, std::string>{{"launch_window_in_seconds", "2592000"}});
    CHECK_FALSE(s.start_time.has_value());
    CHECK(s.extra_parameters.empty());
    CHECK(s.filters.empty());
}

TEST_CASE("settings read: everything that is wrong is said in one run, in the order of the file")
{
    const site here;
    const auto result = here.read(qdc::test::data("settings/all_wrong.yaml"));
    CHECK_FALSE(result.value);
    qdc::test::check_golden("settings/all_wrong.problems", lines_of(result, here));
    check_no_secret(result);
}

TEST_CASE("settings read: a file without inputs or outputs says what they are for")
{
    const site here;
    const auto result = here.read("globals:\n  name: n\n");
    CHECK_FALSE(result.value);
    REQUIRE(problem_at(result, "inputs"));
    REQUIRE(problem_at(result, "outputs"));
    CHECK(problem_at(result, "inputs")->severity == severity::error);
    CHECK(problem_at(result, "outputs")->severity == severity::error);
}

TEST_CASE("settings read: an unknown key is a warning with the nearest name, and an error when strict")
{
    const site here;
    pieces p;
    p.services = "      vm_scans:\n        overide_tag: my.app.x\n";
    const auto lenient = here.read(p.text());
    REQUIRE(lenient.value);
    const auto* found = problem_at(lenient, "inputs.qualys.services.vm_scans.overide_tag");
    REQUIRE(found);
    CHECK(found->severity == severity::warning);
    CHECK(found->fix == "did you mean `override_tag`?");
    CHECK(found->line == 15);

    const auto strict = here.read(p.text(), true);
    CHECK_FALSE(strict.value);
    CHECK(count(strict, severity::error) == 1);
}

TEST_CASE("settings read: strict does not refuse what the official collector knows")
{
    const site here;
    pieces p;
    p.globals += "  queue_max_size_in_mb: 512\n  multiprocessing: false\n";
    p.input += "    autoconfig: {enabled: true, refresh_interval_in_seconds: 600}\n    debug: true\n";
    const auto result = here.read(p.text(), true);
    CHECK(result.value);
    CHECK(count(result, severity::warning) == 4);
}

TEST_CASE("settings read: a syntax error is one problem, not a list of missing keys")
{
    const site here;
    const auto result = here.read("globals:\n  name: [n\ninputs: {}\n");
    CHECK_FALSE(result.value);
    CHECK(result.problems.size() == 1);
}

TEST_CASE("settings read: a configuration that everybody can read and that holds a password gives a warning")
{
    namespace fs = std::filesystem;
    const site here;
    location where;
    where.config = here.write("config/config.yaml", pieces().text());
    fs::permissions(where.config, fs::perms::others_read, fs::perm_options::add);
    const auto result = read(where, present(), {});
    REQUIRE(result.value);
    REQUIRE(problem_at(result, "inputs.qualys.credentials.password"));
    CHECK(problem_at(result, "inputs.qualys.credentials.password")->severity == severity::warning);
    check_no_secret(result);
}

TEST_CASE("settings read: the sample configuration is sound, strictly")
{
    const site here;
    for (const auto* name : {"certs/your_domain.crt", "certs/your_domain.key"})
        here.write(name, "x");
    const auto result = here.read(qdc::test::data("../../config/config.example.yaml"), true);
    CHECK(lines_of(result, here) == "");
    REQUIRE(result.value);
    CHECK(result.value->inputs.at(0).services.size() == 4);
}

TEST_CASE("settings read: the cloud sample is sound beside a collector file, strictly")
{
    const site here;
    location where;
    where.strict = true;
    where.directory = here.root();
    where.job_config = here.write("job.json", qdc::test::data("../../config/config.example.json"));
    where.collector_config = here.write("collector.json", R"({"job_name": "n", "loggers": [{"type": "stdout"}]})");
    const auto result = read(where, present(), {});
    CHECK(lines_of(result, here) == "");
    REQUIRE(result.value);
    CHECK(result.value->inputs.at(0).services.size() == 4);
}
