#include "site.hpp"

#include <doctest/doctest.h>

#include <filesystem>

using namespace qdc::settings;
using namespace qdc::settings::test;
namespace fs = std::filesystem;

namespace
{

/// Changes the working directory until the end of the test.
class working_directory
{
public:
    explicit working_directory(const fs::path& to) : before_(fs::current_path()) { fs::current_path(to); }

    ~working_directory() { fs::current_path(before_); }

private:
    fs::path before_;
};

}  // namespace

TEST_CASE("settings location: without a path it is config/config.yaml of the directory")
{
    const site here;
    here.write("config/config.yaml", pieces().text());
    location where;
    where.directory = here.root();
    const auto result = read(where, present(), {});
    REQUIRE(result.value);
    CHECK(result.value->directory == here.root());
    CHECK(result.files.config.path == here.root() / "config/config.yaml");
    CHECK(result.files.config.exists);
    CHECK(result.files.config.standard);
    CHECK_FALSE(result.files.pair);
    CHECK(result.files.job_config.path == "/etc/devo/job/job_config.json");
    CHECK(result.files.job_config.standard);
}

TEST_CASE("settings location: CONFIG_FILE names another file of config/")
{
    site here;
    here.write("config/other.json", R"({"globals": {"name": "from_json"}, "outputs": {"c": {"type": "console"}},
        "inputs": {"q": {"id": 1, "services": {"vm_scans": {}},
                   "credentials": {"hostname": "h", "username": "u", "password": "p"}}}})");
    here.environment("CONFIG_FILE", "other.json");
    location where;
    where.directory = here.root();
    const auto result = read(where, present(), {});
    REQUIRE(result.value);
    CHECK(result.value->name == "from_json");
}

TEST_CASE("settings location: the directory is the parent of the configuration's config/")
{
    const site here;
    location where;
    where.config = here.write("deep/config/mine.yaml", pieces().text());
    CHECK(read(where, present(), {}).value->directory == here.root() / "deep");
}

TEST_CASE("settings location: for a configuration elsewhere the directory is the working directory")
{
    const site here;
    const working_directory inside(here.root());
    location where;
    where.config = here.write("mine.yaml", pieces().text());
    CHECK(read(where, present(), {}).value->directory == here.root());
}

TEST_CASE("settings location: a relative name is looked up in the working directory, then in config/")
{
    const site here;
    const working_directory inside(here.root());
    here.write("config/mine.yaml", pieces().text());
    location where;
    where.config = "mine.yaml";
    const auto result = read(where, present(), {});
    REQUIRE(result.value);
    CHECK(result.files.config.path == here.root() / "config/mine.yaml");
    CHECK(result.value->directory == here.root());
    CHECK(result.value->state_directory.is_absolute());
}

TEST_CASE("settings location: a configuration that is missing, a directory or huge is one error with the fix")
{
    const site here;
    location where;
    where.config = here.root() / "config/none.yaml";
    const auto missing = read(where, present(), {});
    CHECK_FALSE(missing.value);
    REQUIRE(missing.problems.size() == 1);
    CHECK(missing.problems[0].file == where.config.string());
    CHECK(missing.problems[0].what == "does not exist");
    CHECK_FALSE(missing.problems[0].fix.empty());
    CHECK_FALSE(missing.files.config.exists);

    where.config = here.root();
    CHECK(read(where, present(), {}).problems.at(0).what == "is a directory");

    where.config = here.write("config/huge.yaml", std::string((4u << 20) + 1, ' '));
    const auto huge = read(where, present(), {});
    REQUIRE(huge.problems.size() == 1);
    CHECK(huge.problems[0].what.find("4 MiB") != std::string::npos);

    location nowhere;
    nowhere.directory = here.root() / "empty";
    if (!fs::exists("/etc/qualys-devo-collector/config.yaml"))
        CHECK(read(nowhere, present(), {}).problems.at(0).fix.find("--config") != std::string::npos);
}

TEST_CASE("settings location: a half of the pair that was named and is missing is an error, not a fallback")
{
    const site here;
    location where;
    where.config = here.write("config/config.yaml", pieces().text());
    where.job_config = here.root() / "none.json";
    const auto result = read(where, present(), {});
    CHECK_FALSE(result.value);
    CHECK(result.problems.at(0).file == where.job_config.string());
}

TEST_CASE("settings location: both halves of the pair are read to their ends before anything else is said")
{
    const site here;
    location where;
    where.job_config = here.write("job.json", "{\"inputs\": [}");
    where.collector_config = here.write("collector.json", "{\"loggers\": [}");
    const auto result = read(where, present(), {});
    CHECK_FALSE(result.value);
    REQUIRE(result.problems.size() == 2);
    CHECK(result.problems[0].file == where.job_config.string());
    CHECK(result.problems[1].file == where.collector_config.string());
}
