#include "services/activity_answer.hpp"

#include "base/fingerprint.hpp"
#include "base/json_text.hpp"
#include "base/own_members.hpp"
#include "base/text.hpp"
#include "qualys/endpoint.hpp"
#include "services/activity_date.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace qdc::services
{
namespace
{

using decode::progress;

// The columns that are documented. (User guide, activity log.)
constexpr std::array<std::string_view, 7> known{
    "Date", "Action", "Module", "Details", "User Name", "User Role", "User IP"};

// More would be no log; and each is compared with all in front of it.
constexpr std::size_t most_columns = 200;

/// The place of the column of that name; behind the last one when there is none.
std::size_t column(const decode::activity_rows::row& names, std::string_view wanted)
{
    const auto found =
        std::find_if(names.begin(), names.end(), [wanted](const auto& name) { return same_letters(name, wanted); });
    return static_cast<std::size_t>(found - names.begin());
}

}  // namespace

activity_answer::activity_answer(
    std::string_view own_user, devo::event_writer& events, activity_window& window, tally& counts
)
    : own_user_(own_user),
      events_(events),
      window_(window),
      counts_(counts)
{
    window_.begin_page();
}

result<progress> activity_answer::read(std::string_view& bytes)
{
    const auto outcome = rows_.feed(bytes);
    // With an error, too: the rows in front of the damage are good.
    take_rows();
    return outcome;
}

result<progress> activity_answer::read_end()
{
    const auto failure = rows_.finish();
    take_rows();
    if (failure)
        return failure;
    // All rows came, but an end that nobody understands must not count as the last page.
    if (!end_is_known())
        return error_code(errc::csv_malformed);
    return progress::hungry;
}

/// The last page has no footer, or one that says "Finished" or has a code other than 1980. Any other has the address of
/// the next page; without one nobody knows whether rows are missing.
bool activity_answer::end_is_known()
{
    constexpr std::string_view truncated = "1980";
    footer_ = rows_.footer();
    if (!footer_)
        return true;
    // The last page may carry an address nevertheless; it must not be followed.
    if (footer_->finished || (!footer_->code.empty() && footer_->code != truncated))
    {
        footer_->url.clear();
        return true;
    }
    // More rows follow, so there has to be an id at which they begin.
    end_unknown_ = footer_->code.empty() && !qualys::query_parameter(footer_->url, "id_max");
    return !end_unknown_;
}

std::string activity_answer::place() const
{
    if (end_unknown_)
        return "its footer is none that is known: whether more rows follow cannot be told";
    return "line " + std::to_string(rows_.line());
}

void activity_answer::take_rows()
{
    for (const auto& fields : rows_.take())
        take_row(fields);
    // They are named and stepped over: one damaged row must not hold up the log.
    for (auto& unread : rows_.take_unread())
    {
        ++counts_.unreadable_rows;
        unread_.push_back(std::move(unread));
    }
}

/// Of two columns of one name the first counts. One named as a member of ours, or a second one, is dropped.
void activity_answer::read_names()
{
    const auto& names = rows_.names();
    bool first = true;
    for (auto name = names.begin(); name != names.end(); ++name)
    {
        // Each column gets a key, an empty one too, so that keys and fields have the same places.
        auto& key = keys_.emplace_back();
        const bool again = keys_.size() > most_columns || std::find(names.begin(), name, *name) != name;
        if (again || is_own_member(*name))
        {
            ++counts_.unknown_elements;
            counts_.unknown_names.note(*name + " (column, dropped)");
            continue;
        }
        // A column that is new at Qualys is delivered as it is, and named once.
        if (std::none_of(known.begin(), known.end(), [name](std::string_view one) { return same_letters(*name, one); }))
        {
            ++counts_.unknown_elements;
            counts_.unknown_names.note(*name + " (column)");
        }
        // `{"Date":` for the first column that stays, `,"Action":` for others: an event is these keys and its values.
        key = std::exchange(first, false) ? "{" : ",";
        append_json_string(key, *name);
        key += ':';
    }
    // The two columns that decide about a row are looked up once.
    date_ = column(rows_.names(), "Date");
    user_ = column(rows_.names(), "User Name");
}

void activity_answer::take_row(const row& fields)
{
    if (keys_.empty())
        read_names();
    // The window was asked for with a second more than it has, so some rows lie outside of it.
    const auto date = date_ < fields.size() ? activity_date(trimmed(fields[date_])) : std::nullopt;
    if (!window_.holds(date))
        return;
    // The collector's own calls are in the log, too; each would make the next cycle's log longer.
    if (!own_user_.empty() && user_ < fields.size() && same_letters(trimmed(fields[user_]), own_user_))
    {
        ++counts_.received;
        ++counts_.filtered;
        return;
    }

    // The object stays without its closing brace: the event writer adds its own members behind it.
    object_.clear();
    for (std::size_t i = 0; i < fields.size(); ++i)
    {
        if (keys_[i].empty())
            continue;
        object_ += keys_[i];
        append_json_string(object_, fields[i]);
    }
    // This very event may have been handed out by the last window, or before this page was cut.
    ++counts_.received;
    if (window_.admit(fingerprint(object_, window_.seed()), date))
        events_.add({object_});
    else
        ++counts_.duplicate;
}

}  // namespace qdc::services
