#include "base/nearest.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace qdc
{
namespace
{

/// Names longer than any that a person or a protocol writes: the table of distances grows with both lengths.
constexpr std::size_t longest_word = 128;

/// How many letters must be added, dropped, changed or exchanged with their neighbour (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b)
{
    const auto same = [a, b](std::size_t i, std::size_t j) { return lower(a[i]) == lower(b[j]); };
    // The usual table, of which only three rows are kept: last[j] is the distance of a's first i letters from b's first
    // j.
    std::vector<std::size_t> before_last(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::iota(last.begin(), last.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i)
    {
        std::vector<std::size_t> row(b.size() + 1);
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j)
        {
            // Dropped, added or changed, whichever is cheapest.
            const auto change = last[j] + (same(i, j) ? 0 : 1);
            row[j + 1] = std::min({row[j] + 1, last[j + 1] + 1, change});
            // "Ip" for "pI": two letters in the wrong order are one mistake.
            const bool exchanged = i > 0 && j > 0 && same(i, j - 1) && same(i - 1, j);
            if (exchanged)
                row[j + 1] = std::min(row[j + 1], before_last[j - 1] + 1);
        }
        before_last = std::exchange(last, std::move(row));
    }
    return last.back();
}

}  // namespace

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates)
{
    if (word.size() > longest_word)
        return {};
    // A third of the letters may be wrong: "sever" is no misspelling of "id".
    const auto first_refused = std::max<std::size_t>(word.size() / 3, 1) + 1;
    auto best = first_refused;
    std::string_view found;
    for (const auto candidate : candidates)
    {
        // The lengths alone are too different.
        if (candidate.size() >= word.size() + first_refused)
            continue;
        const auto distance = edit_distance(word, candidate);
        if (distance < best)
        {
            best = distance;
            found = candidate;
        }
    }
    return found;
}

}  // namespace qdc
