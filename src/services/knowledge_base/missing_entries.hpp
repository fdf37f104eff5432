#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

namespace qdc::services
{

/// QIDs that detections named and the index does not hold: the join adds them, the KnowledgeBase's service asks for them.
class missing_entries
{
public:
    /// A detection went out without the entry of `qid`.
    void add(std::uint64_t qid)
    {
        if (waiting_.size() < most && !in_vain_.contains(qid))
            waiting_.insert(qid);
    }

    bool empty() const noexcept { return waiting_.empty(); }

    /// Up to `count` of them, ascending; they stay until asked().
    std::vector<std::uint64_t> next(std::size_t count) const
    {
        std::vector<std::uint64_t> out;
        for (auto each = waiting_.begin(); each != waiting_.end() && out.size() < count; ++each)
            out.push_back(*each);
        return out;
    }

    /// It came some other way.
    void came(std::uint64_t qid) { waiting_.erase(qid); }

    /// They were asked for. Those that did not come are not asked for again before forget_in_vain().
    void asked(const std::vector<std::uint64_t>& qids)
    {
        for (const auto qid : qids)
        {
            waiting_.erase(qid);
            if (in_vain_.size() < most)
                in_vain_.insert(qid);
        }
    }

    /// A new cycle asks for all of them again, should they be missed again.
    void forget_in_vain() noexcept { in_vain_.clear(); }

private:
    static constexpr std::size_t most = 10'000;  // of each set; what is beyond is missed again

    std::set<std::uint64_t> waiting_;  ///< to be asked for
    std::set<std::uint64_t> in_vain_;  ///< asked for since forget_in_vain()
};

}  // namespace qdc::services
