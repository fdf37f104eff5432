#include "services/knowledge_base/join.hpp"

#include "base/number.hpp"
#include "services/changes/json_members.hpp"
#include "services/knowledge_base/entry.hpp"

#include <algorithm>
#include <utility>

namespace qdc::services
{
namespace
{

constexpr std::string_view member_begin = ",\"KNOWLEDGE_BASE\":";

// Some hundred bytes each, mostly: half a MiB, and never more than two.
constexpr std::size_t cached_answers = 2048;
constexpr std::size_t cached_bytes = 1024;

// In a state. The KnowledgeBase asks for so many in a call; what is beyond is missed again.
constexpr std::size_t saved_qids = 500;

/// QID is among the first members of a detection. 0: it has none.
std::uint64_t qid_of(std::string_view detection)
{
    json_members members(detection);
    for (json_member member; members.next(member);)
        if (member.name == "QID")
            return number_in<std::uint64_t>(text_of_value(member.value)).value_or(0);
    return 0;
}

}  // namespace

kb_join::kb_join(std::shared_ptr<keyed_values> index, std::shared_ptr<enrichment> wanted)
    : index_(std::move(index)),
      wanted_(std::move(wanted)),
      names_(print_of_names(wanted_->members)),
      cache_(cached_answers)
{
}

std::string_view kb_join::member_of(std::string_view detection)
{
    const auto qid = qid_of(detection);
    if (qid == 0)
        return {};
    // A QID has one place in the cache, by its remainder. Another QID's answer there is replaced.
    auto& answer = cache_[qid % cached_answers];
    // An answer of an earlier revision may be wrong: entries have come since, or gone.
    if (answer.qid != qid || answer.revision != wanted_->revision)
    {
        answer.qid = qid;
        answer.revision = wanted_->revision;
        look_up(answer);
    }
    // A few large answers must not make the cache large: they are given out and not kept.
    if (answer.member.size() <= cached_bytes)
        return answer.member;
    answer.qid = 0;  // too large to be kept
    large_ = std::exchange(answer.member, {});
    return large_;
}

void kb_join::look_up(slot& answer)
{
    answer.member.clear();
    // An entry that was made for other members is as good as none: it is fetched again anyway.
    const auto bytes = index_->find(answer.qid);
    const auto entry = bytes ? decode_kb_entry(*bytes) : std::nullopt;
    if (!entry || entry->names != names_)
    {
        wanted_->missing.add(answer.qid);
        return;
    }
    answer.member.reserve(member_begin.size() + entry->members.size());
    answer.member += member_begin;
    answer.member += entry->members;
}

std::string kb_join::wanted() const
{
    std::string text;
    for (const auto qid : wanted_->missing.next(saved_qids))
        text += (text.empty() ? "" : ",") + std::to_string(qid);
    return text;
}

void kb_join::want(std::string_view qids)
{
    slot answer;
    while (!qids.empty())
    {
        const auto item = qids.substr(0, qids.find(','));
        qids.remove_prefix(std::min(item.size() + 1, qids.size()));
        answer.qid = number_in<std::uint64_t>(item).value_or(0);
        if (answer.qid != 0)
            look_up(answer);
    }
}

std::unique_ptr<kb_join> make_kb_join(
    const std::map<std::string, std::shared_ptr<keyed_values>, std::less<>>& tables,
    const std::shared_ptr<enrichment>& wanted
)
{
    const auto index = tables.find(kb_table);
    if (wanted == nullptr || wanted->members.empty() || index == tables.end())
        return nullptr;
    return std::make_unique<kb_join>(index->second, wanted);
}

}  // namespace qdc::services
