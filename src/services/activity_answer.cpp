#include "services/activity_answer.hpp"

#include "base/fingerprint.hpp"
#include "base/json_text.hpp"
#include "base/text.hpp"
#include "decode/excerpt.hpp"

#include <algorithm>

namespace qdc::services
{
namespace
{

using decode::progress;

bool same_letters(std::string_view one, std::string_view other)
{
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::equal(
        one.begin(), one.end(), other.begin(), other.end(), [lower](char a, char b) { return lower(a) == lower(b); }
    );
}

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

result<progress> activity_answer::read(std::string_view& in)
{
    const auto outcome = rows_.feed(in);
    take_rows();
    return outcome;
}

result<progress> activity_answer::read_end()
{
    const auto failure = rows_.finish();
    take_rows();
    if (failure)
        return failure;
    return progress::hungry;
}

std::string activity_answer::place() const
{
    return "line " + std::to_string(rows_.line()) + decode::near(rows_.excerpt());
}

void activity_answer::take_rows()
{
    for (const auto& fields : rows_.take())
        take_row(fields);
}

void activity_answer::read_names()
{
    for (const auto& name : rows_.names())
    {
        auto& key = keys_.emplace_back(keys_.empty() ? "{" : ",");
        append_json_string(key, name);
        key += ':';
    }
    date_ = column(rows_.names(), "Date");
    user_ = column(rows_.names(), "User Name");
}

void activity_answer::take_row(const row& fields)
{
    if (keys_.empty())
        read_names();
    const auto date = date_ < fields.size() ? parse_utc(trimmed(fields[date_])) : std::nullopt;
    if (!window_.holds(date))
        return;
    if (!own_user_.empty() && user_ < fields.size() && same_letters(trimmed(fields[user_]), own_user_))
    {
        ++counts_.received;
        ++counts_.filtered;
        return;
    }

    object_.clear();
    for (std::size_t i = 0; i < fields.size(); ++i)
    {
        object_ += keys_[i];
        append_json_string(object_, fields[i]);
    }
    ++counts_.received;
    if (window_.admit(fingerprint(object_), date))
        events_.add({object_});
    else
        ++counts_.duplicate;
}

}  // namespace qdc::services
