#include "site.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

namespace qdc::settings::test
{
namespace fs = std::filesystem;

utc_time present()
{
    return utc_time(std::chrono::sys_days(std::chrono::year(2026) / 11 / 22) + std::chrono::hours(10));
}

site::site()
{
    std::string pattern = (fs::temp_directory_path() / "qdc-settings-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    root_ = fs::canonical(pattern);
    for (const auto* name : {"certs/chain.crt", "certs/acme.crt", "certs/acme.key"})
        write(name, "read by nobody here\n");
    for (const std::string name : {"CONFIG_FILE", "STATE_DIRECTORY", "CREDENTIALS_DIRECTORY"})
    {
        if (const char* value = std::getenv(name.c_str()))
            saved_[name] = value;
        ::unsetenv(name.c_str());
    }
}

site::~site()
{
    for (const auto& name : unset_)
        ::unsetenv(name.c_str());
    for (const auto& [name, value] : saved_)
        ::setenv(name.c_str(), value.c_str(), 1);
    std::error_code ignored;
    fs::remove_all(root_, ignored);
}

fs::path site::write(std::string_view name, std::string_view text) const
{
    const auto file = root_ / name;
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
    return file;
}

void site::environment(const std::string& name, const std::string& value)
{
    unset_.push_back(name);
    ::setenv(name.c_str(), value.c_str(), 1);
}

outcome site::read(std::string_view text, bool strict) const
{
    location where;
    where.config = write("config/config.yaml", text);
    where.strict = strict;
    return settings::read(where, present(), {});
}

std::string pieces::text() const
{
    return "globals:\n" + globals + "outputs:\n" + outputs + "inputs:\n  qualys:\n" + input + "    credentials:\n" +
           credentials + "    services:\n" + services;
}

std::string lines_of(const outcome& result, const site& where)
{
    std::string out;
    for (const auto& p : result.problems)
        out += describe(p) + "\n";
    const auto root = where.root().string() + "/";
    for (auto at = out.find(root); at != out.npos; at = out.find(root))
        out.erase(at, root.size());
    return out;
}

const problem* problem_at(const outcome& result, std::string_view key)
{
    const auto found =
        std::find_if(result.problems.begin(), result.problems.end(), [key](const problem& p) { return p.key == key; });
    return found == result.problems.end() ? nullptr : &*found;
}

std::size_t count(const outcome& result, severity how)
{
    return static_cast<std::size_t>(std::count_if(
        result.problems.begin(), result.problems.end(), [how](const problem& p) { return p.severity == how; }
    ));
}

}  // namespace qdc::settings::test
