#pragma once

#include "services/knowledge_base/enrichment.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::services
{

/// Puts what the KnowledgeBase says of its QID beside a detection. Nothing is waited for: what the index does not hold
/// is left out, and wanted of the KnowledgeBase's service.
class kb_join
{
public:
    /// `index`: kb_table of the input.
    kb_join(std::shared_ptr<keyed_values> index, std::shared_ptr<enrichment> wanted);

    /// `,"KNOWLEDGE_BASE":{…}` for a detection, a JSON object whose last brace may be missing; "" when its entry is not
    /// there. Valid until the next call.
    std::string_view member_of(std::string_view detection);

    /// The QIDs that are wanted by now, 500 at most, for the state: "9,12".
    std::string wanted() const;

    /// Those that are not there are wanted again.
    void want(std::string_view qids);

private:
    /// What a look-up found. The same QIDs come again and again: the store would cost a twentieth of all time.
    struct slot
    {
        std::uint64_t qid{0};
        std::uint64_t revision{0};
        std::string member;  ///< empty: no entry
    };

    /// Fills the slot from the index. An entry that is not there is wanted from now on.
    void look_up(slot& answer);

    std::shared_ptr<keyed_values> index_;
    std::shared_ptr<enrichment> wanted_;
    std::uint64_t names_;      ///< print_of_names() of the members
    std::vector<slot> cache_;  ///< the last answer for each place
    std::string large_;        ///< the last answer that was too large for the cache
};

/// The join of a service's options; nullptr: nothing is to be joined.
std::unique_ptr<kb_join> make_kb_join(
    const std::map<std::string, std::shared_ptr<keyed_values>, std::less<>>& tables,
    const std::shared_ptr<enrichment>& wanted
);

}  // namespace qdc::services
