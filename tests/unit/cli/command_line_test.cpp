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

command parse(std::vector<const char*> arguments)
{
    const quiet_streams quiet;
    arguments.insert(arguments.begin(), "qualys-devo-collector");
    return parse_command_line(static_cast<int>(arguments.size()), arguments.data());
}

/// The options of the verb that the arguments have to mean.
template <class Options>
Options good(std::vector<const char*> arguments)
{
    const auto parsed = parse(std::move(arguments));
    REQUIRE(std::holds_alternative<Options>(parsed));
    return std::get<Options>(parsed);
}

exit_status bad(std::vector<const char*> arguments)
{
    return good<exit_status>(std::move(arguments));
}

/// What is printed.
std::string printed(std::vector<const char*> arguments)
{
    const quiet_streams caught;
    arguments.insert(arguments.begin(), "qualys-devo-collector");
    static_cast<void>(parse_command_line(static_cast<int>(arguments.size()), arguments.data()));
    return caught.text.str();
}

bool says(std::vector<const char*> arguments, const std::string& words)
{
    const auto text = printed(std::move(arguments));
    CAPTURE(text);
    return text.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("command line: no verb means run, with everything at its default")
{
    const auto run = good<app::run_options>({});
    CHECK_FALSE(run.once);
    CHECK_FALSE(run.no_save_state);
    CHECK(run.services.empty());
    CHECK(run.give_up_after == 300s);
    CHECK(run.threshold == log_level::info);
    CHECK(run.where.config.empty());
}

TEST_CASE("command line: each verb has options of its own")
{
    good<app::run_options>({"run"});
    good<validate_options>({"validate"});
    good<doctor_options>({"doctor"});
    good<plan_options>({"plan"});
    good<top_options>({"top"});
    good<version_options>({"version"});
    CHECK(good<pull_options>({"pull", "host_list"}).service == "host_list");
    CHECK(good<state_options>({"state", "show"}).action == state_action::show);
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
        const auto run = good<app::run_options>(arguments);
        CHECK(run.once);
        CHECK(run.no_save_state);
        CHECK(run.give_up_after == 5s);
        CHECK(run.services == std::vector<std::string>{"host_list", "host_list_detection"});
    }
}

TEST_CASE("command line: common options stand before or behind the verb")
{
    for (const auto& arguments : std::vector<std::vector<const char*>>{
             {"-c", "a.yaml", "-C", "/dir", "--log-format", "json", "-v", "validate", "--strict"},
             {"validate", "--strict", "--config", "a.yaml", "--directory=/dir", "--log-format=json", "--verbose"}})
    {
        const auto validate = good<validate_options>(arguments);
        CHECK(validate.where.config == "a.yaml");
        CHECK(validate.where.directory == "/dir");
        CHECK(validate.where.strict);
        CHECK(validate.format == logging::log_format::json);
        CHECK(validate.threshold == log_level::debug);
    }
    CHECK(good<app::run_options>({"--service", "host_list", "run", "--once"}).services.size() == 1);
}

TEST_CASE("command line: an option of run is not passed over by another verb")
{
    CHECK(bad({"--once", "doctor"}) == exit_status::usage);
    CHECK(bad({"doctor", "--once"}) == exit_status::usage);
    CHECK(bad({"state", "show", "--service", "host_list"}) == exit_status::usage);
    CHECK(says({"validate", "--no-save-state"}, "is an option of run"));
}

TEST_CASE("command line: how much is logged")
{
    const auto threshold = [](std::vector<const char*> arguments)
    { return good<app::run_options>(std::move(arguments)).threshold; };
    CHECK(threshold({"-q"}) == log_level::warning);
    CHECK(threshold({"-qq"}) == log_level::error);
    CHECK(threshold({"-q", "-q"}) == log_level::error);
    CHECK(threshold({"-q", "--log-level", "debug"}) == log_level::debug);
    CHECK(threshold({"--log-level", "WARNING"}) == log_level::warning);
}

TEST_CASE("command line: the official collector's spellings keep working")
{
    const auto run = good<app::run_options>(
        {"--job_config_loc", "/job.json", "--collector_config_loc", "/collector.json", "--prod-mode", "--no-save-state"}
    );
    CHECK(run.where.job_config == "/job.json");
    CHECK(run.where.collector_config == "/collector.json");
    CHECK(run.no_save_state);
    CHECK(good<validate_options>({"--config", "a.yaml", "--validate"}).where.config == "a.yaml");
    good<validate_options>({"--validate", "--no-save-state"});
    CHECK(bad({"--validate", "doctor"}) == exit_status::usage);
}

TEST_CASE("command line: the options of pull")
{
    const auto pull = good<pull_options>(
        {"pull",
         "host_list_detection",
         "--since",
         "2024-01-10T09:47:08Z",
         "--until=2024-01-11T00:00:00Z",
         "--limit",
         "7",
         "--raw"}
    );
    CHECK(pull.since == parse_utc("2024-01-10T09:47:08Z"));
    CHECK(pull.until == parse_utc("2024-01-11T00:00:00Z"));
    CHECK(pull.limit == std::uint64_t{7});
    CHECK(pull.raw);
}

TEST_CASE("command line: a limit of 0 is a limit, and without one there is none")
{
    CHECK(good<pull_options>({"pull", "host_list", "--limit", "0"}).limit == std::uint64_t{0});
    CHECK_FALSE(good<pull_options>({"pull", "host_list"}).limit.has_value());
}

TEST_CASE("command line: a window may be one moment, but does not end before it begins")
{
    const auto window = [](const char* since, const char* until) {
        return std::vector<const char*>{"pull", "host_list", "--since", since, "--until", until};
    };
    good<pull_options>(window("2024-01-10T00:00:00Z", "2024-01-10T00:00:00Z"));
    CHECK(bad(window("2024-01-10T00:00:01Z", "2024-01-10T00:00:00Z")) == exit_status::usage);
    CHECK(says(window("2024-01-10T00:00:01Z", "2024-01-10T00:00:00Z"), "lies behind --until"));
}

TEST_CASE("command line: resetting every checkpoint has to be said")
{
    CHECK(bad({"state", "reset"}) == exit_status::usage);
    CHECK(says({"state", "reset"}, "--all"));
    CHECK(good<state_options>({"state", "reset", "--all"}).service.empty());
    CHECK(good<state_options>({"state", "reset", "host_list"}).service == "host_list");
    CHECK(bad({"state", "reset", "host_list", "--all"}) == exit_status::usage);
}

TEST_CASE("command line: what state is given")
{
    const auto set = good<state_options>({"state", "set", "host_list", "{}"});
    CHECK(set.action == state_action::set);
    CHECK(set.checkpoint == "{}");
    const auto import = good<state_options>({"state", "import", "/old"});
    CHECK(import.action == state_action::import_official);
    CHECK(import.directory == "/old");
}

TEST_CASE("command line: top may be told whom to ask")
{
    CHECK(good<top_options>({"top", "--url", "http://127.0.0.1:9688"}).url == "http://127.0.0.1:9688");
}

TEST_CASE("command line: json is an option of the verbs that have it")
{
    CHECK(good<validate_options>({"validate", "--json"}).json);
    CHECK(good<version_options>({"version", "--json"}).json);
    CHECK_FALSE(good<validate_options>({"validate"}).json);
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

TEST_CASE("command line: a number that is none is answered with what is due")
{
    CHECK(says({"pull", "host_list", "--limit", "-1"}, "'-1' is no whole number from 0\n"));
    CHECK(says({"pull", "host_list", "--limit", "abc"}, "'abc' is no whole number from 0\n"));
    CHECK(says({"pull", "host_list", "--limit", "1.5"}, "'1.5' is no whole number from 0\n"));
    CHECK(says({"pull", "host_list", "--limit", "99999999999999999999"}, "is no whole number from 0\n"));
    CHECK(says({"run", "--give-up-after", "-1"}, "'-1' is no whole number from 0 to 1000000000"));
}

TEST_CASE("command line: an option in front of its verb is answered with the verb that it belongs behind")
{
    CHECK(says({"--strict", "validate"}, "--strict belongs behind its verb, validate\n"));
    CHECK(says({"--strict"}, "--strict belongs behind its verb, validate\n"));
    CHECK(says({"--limit=5", "pull", "host_list"}, "--limit belongs behind its verb, pull\n"));
    CHECK(says({"--url", "http://h", "top"}, "--url belongs behind its verb, top\n"));
    CHECK(says({"run", "--strict"}, "there is no option --strict"));
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
    CHECK(says({"--service", "hosts"}, "'hosts' is none of "));
    CHECK(says({"--service", "hosts"}, "host_list_detection"));
    CHECK(says({"pull", "host_lst"}, "did you mean `host_list`?"));
}

TEST_CASE("command line: a mistyped verb, option or verb of state is answered with the nearest one")
{
    CHECK(says({"valdiate"}, "did you mean `validate`?"));
    CHECK(says({"Doctor"}, "did you mean `doctor`?"));
    CHECK(says({"frobnicate"}, "known here: run, validate"));
    CHECK(says({"run", "--onec"}, "did you mean `--once`?"));
    CHECK(says({"doctor", "--jsn"}, "did you mean `--json`?"));
    CHECK(says({"pull", "host_list", "--sinse=2024-01-10T00:00:00Z"}, "did you mean `--since`?"));
    CHECK(says({"state", "rest"}, "did you mean `reset`?"));
    CHECK(says({"run", "frobnicate"}, "frobnicate"));
}

TEST_CASE("command line: the help of every verb shows the common options")
{
    for (const auto& arguments : std::vector<std::vector<const char*>>{
             {"--help"}, {"run", "--help"}, {"pull", "--help"}, {"state", "--help"}, {"state", "reset", "--help"}})
    {
        const auto text = printed(arguments);
        CAPTURE(text);
        for (const std::string option : {"--config", "--directory", "--log-format", "--log-level", "--quiet"})
            CHECK(text.find(option) != std::string::npos);
    }
}
