#include "settings/findings.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace qdc::settings
{
namespace
{

/// Levenshtein's distance: how many letters must be added, dropped or changed.
std::size_t edit_distance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i)
    {
        auto diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < b.size(); ++j)
        {
            const auto change = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({row[j] + 1, diagonal + 1, change});
        }
    }
    return row.back();
}

}  // namespace

void findings::error(const place& at, std::string key, std::string what, std::string fix)
{
    add(severity::error, at, std::move(key), std::move(what), std::move(fix));
}

void findings::warning(const place& at, std::string key, std::string what, std::string fix)
{
    add(severity::warning, at, std::move(key), std::move(what), std::move(fix));
}

void findings::unknown(const place& at, std::string key, std::string what, std::string fix)
{
    add(strict_ ? severity::error : severity::warning, at, std::move(key), std::move(what), std::move(fix));
}

void findings::add(severity how, const place& at, std::string key, std::string what, std::string fix)
{
    // A value that is read twice is wrong once.
    const auto file = at.file ? *at.file : std::string();
    const bool said = std::any_of(
        problems_.begin(),
        problems_.end(),
        [&at, &what, &key, &file](const problem& p)
        { return p.line == at.line && p.what == what && p.key == key && p.file == file; }
    );
    if (!said)
        problems_.push_back({how, file, at.line, std::move(key), std::move(what), std::move(fix)});
}

bool findings::any_error() const
{
    return std::any_of(
        problems_.begin(), problems_.end(), [](const problem& p) { return p.severity == severity::error; }
    );
}

std::vector<problem> findings::in_order() &&
{
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

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates)
{
    // A third of the letters may be wrong: "sever" is no misspelling of "id".
    auto best = std::max<std::size_t>(word.size() / 3, 1) + 1;
    std::string_view found;
    for (const auto candidate : candidates)
    {
        const auto distance = edit_distance(word, candidate);
        if (distance < best)
        {
            best = distance;
            found = candidate;
        }
    }
    return found;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates)
{
    const auto found = nearest(word, candidates);
    return found.empty() ? std::string() : "did you mean `" + std::string(found) + "`?";
}

}  // namespace qdc::settings
