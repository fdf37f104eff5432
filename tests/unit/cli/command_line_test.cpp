#include "cli/command_line.hpp"

#include <doctest/doctest.h>

#include <iostream>
#include <sstream>

using namespace qdc;
using namespace qdc::cli;
using namespace std::chrono_literals;

namespace
{

/// Keeps what is printed off the terminal.
class quiet_streams
{
public:
    quiet_streams() : out_(std::cout.rdbuf(text.rdbuf())), err_(std::cerr.rdbuf(text.rdbuf())) {}

    ~quiet_streams()
    {
        std::cout.rdbuf(out_);
        std::cerr.rdbuf(err_);
    }

    quiet_streams(const quiet_streams&) = delete;
    quiet_streams& operator=(const quiet_streams&) = delete;

    std::ostringstream text;

private:
    std::streambuf* out_;
    std::streambuf* err_;
};

std::variant<command_line, exit_status> parse(std::vector<const char*> arguments)
{
    const quiet_streams quiet;
    arguments.insert(arguments.begin(), "qualys-devo-collector");
    return parse_command_line(static_cast<int>(arguments.size()), arguments.data());
}

command_line good(std::vector<const char*> arguments)
{
    const auto parsed = parse(std::move(arguments));
    REQUIRE(std::holds_alternative<command_line>(parsed));
    return std::get<command_line>(parsed);
}

exit_status bad(std::vector<const char*> arguments)
{
    const auto parsed = parse(std::move(arguments));
    REQUIRE(std::holds_alternative<exit_status>(parsed));
    return std::get<exit_status>(parsed);
}

}  // namespace

TEST_CASE("command line: no verb means run, with everything at its default")
{
    const auto line = good({});
    CHECK(line.verb == verb::run);
    CHECK_FALSE(line.once);
    CHECK_FALSE(line.no_save_state);
    CHECK(line.services.empty());
    CHECK(line.give_up_after == 300s);
    CHECK(line.threshold == log_level::info);
    CHECK(line.where.config.empty());
}

TEST_CASE("command line: every verb is known")
{
    CHECK(good({"run"}).verb == verb::run);
    CHECK(good({"validate"}).verb == verb::validate);
    CHECK(good({"version"}).verb == verb::version);
    CHECK(good({"pull", "host_list"}).verb == verb::pull);
    CHECK(good({"pull", "host_list"}).service == "host_list");
}

TEST_CASE("command line: the options of run, with and without the verb")
{
    for (const bool with_verb : {true, false})
    {
        CAPTURE(with_verb);
        std::vector<const char*> arguments{
            "--once",
            "--service",
            "host_list",
            "--service",
            "host_list_detection",
            "--no-save-state",
            "--give-up-after",
            "5"};
        if (with_verb)
            arguments.insert(arguments.begin(), "run");
        const auto line = good(arguments);
        CHECK(line.verb == verb::run);
        CHECK(line.once);
        CHECK(line.no_save_state);
        CHECK(line.give_up_after == 5s);
        CHECK(line.services == std::vector<std::string>{"host_list", "host_list_detection"});
    }
}

TEST_CASE("command line: common options stand before or behind the verb")
{
    for (const auto& arguments : std::vector<std::vector<const char*>>{
             {"-c", "a.yaml", "-C", "/dir", "--log-format", "json", "-v", "validate", "--strict"},
             {"validate", "--strict", "--config", "a.yaml", "--directory=/dir", "--log-format=json", "--verbose"}})
    {
        const auto line = good(arguments);
        CHECK(line.verb == verb::validate);
        CHECK(line.where.config == "a.yaml");
        CHECK(line.where.directory == "/dir");
        CHECK(line.where.strict);
        CHECK(line.format == logging::log_format::json);
        CHECK(line.threshold == log_level::debug);
    }
    CHECK(good({"--service", "host_list", "run", "--once"}).services.size() == 1);
}

TEST_CASE("command line: how much is logged")
{
    CHECK(good({"-q"}).threshold == log_level::warning);
    CHECK(good({"-qq"}).threshold == log_level::error);
    CHECK(good({"-q", "-q"}).threshold == log_level::error);
    CHECK(good({"-q", "--log-level", "debug"}).threshold == log_level::debug);
    CHECK(good({"--log-level", "WARNING"}).threshold == log_level::warning);
}

TEST_CASE("command line: the official collector's spellings keep working")
{
    const auto line = good(
        {"--job_config_loc", "/job.json", "--collector_config_loc", "/collector.json", "--prod-mode", "--no-save-state"}
    );
    CHECK(line.verb == verb::run);
    CHECK(line.where.job_config == "/job.json");
    CHECK(line.where.collector_config == "/collector.json");
    CHECK(line.no_save_state);
    CHECK(good({"--config", "a.yaml", "--validate"}).verb == verb::validate);
}

TEST_CASE("command line: the options of pull")
{
    const auto line = good(
        {"pull",
         "host_list_detection",
         "--since",
         "2024-01-10T09:47:08Z",
         "--until=2024-01-11T00:00:00Z",
         "--limit",
         "7",
         "--raw"}
    );
    CHECK(line.since == parse_utc("2024-01-10T09:47:08Z"));
    CHECK(line.until == parse_utc("2024-01-11T00:00:00Z"));
    CHECK(line.limit == 7);
    CHECK(line.raw);
}

TEST_CASE("command line: json is an option of the verbs that have it")
{
    CHECK(good({"validate", "--json"}).json);
    CHECK(good({"version", "--json"}).json);
    CHECK_FALSE(good({"validate"}).json);
}

TEST_CASE("command line: wrong usage ends with 2")
{
    for (const auto& arguments : std::vector<std::vector<const char*>>{
             {"frobnicate"},
             {"run", "frobnicate"},
             {"run", "validate"},
             {"--frobnicate"},
             {"run", "--frobnicate"},
             {"-x"},
             {"--service", "hosts"},
             {"run", "--service", "hosts"},
             {"run", "--service"},
             {"pull"},
             {"pull", "hosts"},
             {"pull", "host_list", "host_list"},
             {"pull", "host_list", "--since", "yesterday"},
             {"pull", "host_list", "--until", "2024-02-30T00:00:00Z"},
             {"pull", "host_list", "--limit", "-1"},
             {"pull", "host_list", "--limit", "many"},
             {"run", "--raw"},
             {"--json"},
             {"--give-up-after", "-1"},
             {"--log-level", "loud"},
             {"--log-format", "xml"},
             {"--config"}})
    {
        std::string all;
        for (const char* const one : arguments)
            all += std::string(one) + ' ';
        CAPTURE(all);
        CHECK(bad(arguments) == exit_status::usage);
    }
    CHECK(static_cast<int>(exit_status::usage) == 2);
}

TEST_CASE("command line: help and version are no errors")
{
    CHECK(bad({"--help"}) == exit_status::done);
    CHECK(bad({"-h"}) == exit_status::done);
    CHECK(bad({"pull", "--help"}) == exit_status::done);
    CHECK(bad({"--version"}) == exit_status::done);
}

TEST_CASE("command line: a wrong word is answered with the right ones")
{
    const quiet_streams caught;
    const char* const arguments[] = {"qualys-devo-collector", "--service", "hosts"};
    static_cast<void>(parse_command_line(3, arguments));
    CHECK(caught.text.str().find("'hosts' is none of ") != std::string::npos);
    CHECK(caught.text.str().find("host_list_detection") != std::string::npos);
}
