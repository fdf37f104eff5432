#pragma once

#include <cstddef>
#include <iterator>
#include <map>
#include <string>

namespace qdc::services
{

/// A set of numbers of which most follow one another: what it takes depends on its gaps, not on its members.
class number_ranges
{
public:
    /// Joins what then touches: `[0,16],[18,20]` and 17 become `[0,20]`.
    void add(std::size_t number)
    {
        auto first = number;
        auto last = number;
        // The range that begins behind the number, and the one in front of it, are the only ones that it can touch.
        const auto behind = ranges_.upper_bound(number);
        if (behind != ranges_.begin())
        {
            const auto front = std::prev(behind);
            // It is a member already.
            if (front->second >= number)
                return;
            // The range in front becomes longer at its end.
            if (front->second + 1 == number)
                first = front->first;
        }
        // The range behind begins right after it: both become one.
        if (behind != ranges_.end() && behind->first == number + 1)
        {
            last = behind->second;
            ranges_.erase(behind);
        }
        ranges_[first] = last;
    }

    void clear() noexcept { ranges_.clear(); }

    /// `[[0,16],[19,20]]`: the first and the last of each range.
    std::string text() const
    {
        std::string text = "[";
        for (const auto& [first, last] : ranges_)
        {
            text += text.size() == 1 ? "[" : ",[";
            text += std::to_string(first) + ',' + std::to_string(last) + ']';
        }
        return text + ']';
    }

private:
    std::map<std::size_t, std::size_t> ranges_;  ///< first, last
};

}  // namespace qdc::services
