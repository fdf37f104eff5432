#include "services/scan_quarantine.hpp"

#include "services/state_members.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <optional>
#include <utility>

namespace qdc::services
{

namespace json = boost::json;

namespace
{

/// The state must not grow without end.
constexpr std::size_t entry_limit = 100;

}  // namespace

bool scan_quarantine::restore(const json::value& saved)
{
    const auto* const array = saved.if_array();
    if (array == nullptr)
        return false;
    // All of it is read before anything is changed.
    entries read;
    for (const auto& value : *array)
    {
        const auto* const object = value.if_object();
        const auto* const scan = object != nullptr ? object->if_contains("scan") : nullptr;
        const auto* const reason = object != nullptr ? object->if_contains("reason") : nullptr;
        std::optional<utc_time> since;
        if (scan == nullptr || !scan->is_string() || reason == nullptr || !reason->is_string() ||
            !read_member(*object, "since", since) || !since)
            return false;
        read[std::string(scan->get_string())] = {*since, std::string(reason->get_string())};
    }
    entries_ = std::move(read);
    return true;
}

std::string scan_quarantine::text() const
{
    json::array all;
    for (const auto& [reference, one] : entries_)
        all.push_back(json::object{{"scan", reference}, {"since", date_member(one.since)}, {"reason", one.reason}});
    return json::serialize(all);
}

bool scan_quarantine::add(const std::string& reference, entry reason)
{
    // When it is full, only scans that are in it already may fail again.
    if (entries_.size() >= entry_limit && !entries_.contains(reference))
        return false;
    entries_.emplace(reference, std::move(reason));
    return true;
}

bool scan_quarantine::leave(std::string_view reference)
{
    const auto found = entries_.find(reference);
    if (found == entries_.end())
        return false;
    entries_.erase(found);
    return true;
}

}  // namespace qdc::services
