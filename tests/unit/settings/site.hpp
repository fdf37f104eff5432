#pragma once

#include "settings/external_checks.hpp"
#include "settings/settings.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::settings::test
{

/// 2026-11-22T10:00:00Z: the present of every test in this room.
utc_time present();

/// A collector's directory of its own, in a temporary place, with config/ and certs/ as the official layout has them, and
/// an environment without the variables that read() looks at. Both are restored at the end.
class site
{
public:
    site();
    ~site();
    site(const site&) = delete;
    site& operator=(const site&) = delete;

    /// Writes a file that only its owner may read; folders are made. Returns its path.
    std::filesystem::path write(std::string_view name, std::string_view text) const;

    /// Sets an environment variable until the end of the test.
    void environment(const std::string& name, const std::string& value);

    /// Reads `text` as config/config.yaml.
    outcome read(std::string_view text, bool strict = false) const;

    const std::filesystem::path& root() const { return root_; }

private:
    std::filesystem::path root_;
    std::map<std::string, std::string> saved_;
    std::vector<std::string> unset_;
};

/// A small whole configuration. `{globals}`, `{outputs}`, `{input}` and `{services}` of it can be exchanged.
struct pieces
{
    std::string globals = "  name: acme\n";
    std::string outputs = "  console_1:\n    type: console\n";
    std::string credentials = "      hostname: qualysapi.example.com\n"
                              "      username: acme_ab1\n"
                              "      password: s3cret\n";
    std::string input = "    id: 00123\n";
    std::string services = "      vm_scans: {}\n";

    std::string text() const;
};

/// The problems as describe() shows them, one a line, without the directory of the site.
std::string lines_of(const outcome& result, const site& where);

/// The problem of that key, or nullptr.
const problem* problem_at(const outcome& result, std::string_view key);

std::size_t count(const outcome& result, severity how);

}  // namespace qdc::settings::test
