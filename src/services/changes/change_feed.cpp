#include "services/changes/change_feed.hpp"

#include "base/words.hpp"
#include "services/service_kind.hpp"
#include "services/state_members.hpp"

#include <boost/json/object.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace qdc::services
{
namespace
{

constexpr std::array<std::string_view, 4> asked_statuses{"New", "Active", "Re-Opened", "Fixed"};

/// The words of a list, as strings of their own.
std::vector<std::string> split(std::string_view list)
{
    const auto found = words(list);
    return {found.begin(), found.end()};
}

/// The value of a configuration key of the service; "": it is not there.
std::string key_of(const service_options& options, std::string_view name)
{
    const auto found = options.keys.find(name);
    return found != options.keys.end() ? found->second : std::string();
}

/// With such a filter a finding is missing because nobody looked at it lately.
bool hides_for_a_while(const qualys::parameters& filters)
{
    return std::any_of(
        filters.begin(),
        filters.end(),
        [](const auto& each)
        {
            return each.first.starts_with("detection_") || each.first == "max_days_since_detection_updated" ||
                   each.first == "max_days_since_last_vm_scan";
        }
    );
}

}  // namespace

std::optional<change_options> read_change_options(service_options& options, std::string_view statuses)
{
    const auto deliver = key_of(options, "deliver");
    if (deliver != "changes" && deliver != "all_and_changes")
        return std::nullopt;
    change_options read;
    read.all = deliver == "all_and_changes";
    read.tag = key_of(options, "changes_tag");
    read.silent_baseline = key_of(options, "changes.baseline") == "silent";
    read.masked = split(key_of(options, "changes.masked"));
    read.ignored = split(key_of(options, "changes.ignore"));
    read.partial_answers = hides_for_a_while(options.filters);

    // Without Fixed findings in the answer, one that was fixed would look as if it were gone. So all statuses are asked
    // for: status "New,Active" becomes "New,Active,Re-Opened,Fixed". Those that were not wanted are left out of what is
    // sent without changes.
    auto& status = options.filters["status"];
    auto asked = split(status);
    const auto wanted = words(status.empty() ? statuses : std::string_view(status));
    for (const auto each : asked_statuses)
    {
        if (std::find(wanted.begin(), wanted.end(), each) == wanted.end())
            read.added_statuses.emplace_back(each);
        if (std::find(asked.begin(), asked.end(), each) == asked.end())
            asked.emplace_back(each);
    }
    status.clear();
    for (const auto& each : asked)
        status += (status.empty() ? "" : ",") + each;
    return read;
}

change_feed::change_feed(change_options configured, std::shared_ptr<keyed_values> table)
    : options(std::move(configured)),
      counted(options.ignored, options.masked),
      known(std::move(table))
{
}

bool change_feed::restore(std::string_view state)
{
    // The table is read in any case: what it knows does not depend on the state.
    known.open();
    const auto object = parse_state(state);
    const auto* const changes = object ? object_member(*object, "changes") : nullptr;
    if (changes == nullptr)
        return false;
    // The table may be ahead, never behind: see ports/value_store.hpp.
    // A missing generation is as good as one that the table has not reached.
    if (known.table().generation() < number_member(*changes, "generation").value_or(~std::uint64_t{0}))
        return false;
    window_ = number_member(*changes, "window").value_or(0);
    listed_ = number_member(*changes, "listed").value_or(1);
    walked_ = flag_member(*changes, "walked");
    return read_optional(*changes, "complete_list", complete_at_);
}

std::string change_feed::member() const
{
    return R"("changes":{"generation":)" + std::to_string(known.table().generation()) + R"(,"window":)" +
           std::to_string(window_) + R"(,"walked":)" + (walked_ ? "true" : "false") + R"(,"listed":)" +
           std::to_string(listed_) + R"(,"complete_list":")" + date_member(complete_at_) + R"("})";
}

void change_feed::open_window(comparison kind)
{
    // The counts are read from the table again; a first pull starts from nothing.
    kind_ = kind;
    known.open();
    if (kind == comparison::baseline)
        known.clear();
    // Another number makes the marks of hosts that the last window brought count as none.
    ++window_;
    walked_ = false;
    listed_ = 1;
}

bool change_feed::wants_complete_list() const
{
    // It failed in this very cycle, so it is not tried again before the next one.
    if (skipped_at_ == now_)
        return false;
    return !complete_at_ || now_ - *complete_at_ >= missing_time;
}

}  // namespace qdc::services
