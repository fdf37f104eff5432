#include "settings/findings.hpp"

#include "base/nearest.hpp"
#include "settings/values.hpp"

#include <algorithm>
#include <utility>

namespace qdc::settings
{
void findings::error(const place& place, std::string key, std::string message, std::string fix)
{
    add(severity::error, place, std::move(key), std::move(message), std::move(fix));
}

void findings::warning(const place& place, std::string key, std::string message, std::string fix)
{
    add(severity::warning, place, std::move(key), std::move(message), std::move(fix));
}

void findings::unknown(const place& place, std::string key, std::string message, std::string fix)
{
    add(strict_ ? severity::error : severity::warning, place, std::move(key), std::move(message), std::move(fix));
}

void findings::add(severity severity, const place& place, std::string key, std::string message, std::string fix)
{
    // A forgotten blank makes a key of a value: `proxy:http://user:password@host: …`.
    key = without_login(key);
    // A value that is read twice is wrong once.
    const auto file = place.file ? *place.file : std::string();
    const bool known = std::any_of(
        problems_.begin(),
        problems_.end(),
        [&place, &message, &key, &file](const problem& p)
        { return p.line == place.line && p.what == message && p.key == key && p.file == file; }
    );
    if (!known)
        problems_.push_back({severity, file, place.line, std::move(key), std::move(message), std::move(fix)});
}

bool findings::any_error() const
{
    return std::any_of(
        problems_.begin(), problems_.end(), [](const problem& p) { return p.severity == severity::error; }
    );
}

std::vector<problem> findings::in_order() &&
{
    // Files in the order in which they were first mentioned, each by its lines.
    std::vector<std::string> files;
    for (const auto& p : problems_)
        if (std::find(files.begin(), files.end(), p.file) == files.end())
            files.push_back(p.file);
    const auto rank = [&files](const problem& p)
    { return std::pair(std::find(files.begin(), files.end(), p.file) - files.begin(), p.line); };
    std::stable_sort(
        problems_.begin(), problems_.end(), [&rank](const problem& a, const problem& b) { return rank(a) < rank(b); }
    );
    return std::move(problems_);
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates)
{
    const auto found = nearest(word, candidates);
    return found.empty() ? std::string() : "did you mean `" + std::string(found) + "`?";
}

std::string nearest_or_all(std::string_view word, const std::vector<std::string_view>& candidates)
{
    auto found = did_you_mean(word, candidates);
    if (!found.empty() || candidates.empty())
        return found;
    found = "known here:";
    for (const auto candidate : candidates)
        found.append(found.ends_with(':') ? " " : ", ").append(candidate);
    return found;
}

}  // namespace qdc::settings
