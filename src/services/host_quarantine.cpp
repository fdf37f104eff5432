#include "services/host_quarantine.hpp"

#include "services/state_members.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

namespace qdc::services
{
namespace
{

namespace json = boost::json;

/// The state must not grow without end.
constexpr std::size_t host_limit = 100;

/// The order of the list, for binary searches.
bool before(const host_quarantine::entry& one, std::uint64_t id)
{
    return one.id < id;
}

}  // namespace

bool host_quarantine::restore(const json::array& saved)
{
    std::vector<entry> hosts;
    // All of it is read before anything is changed.
    for (const auto& value : saved)
    {
        const auto* const object = value.if_object();
        if (object == nullptr)
            return false;
        entry host;
        const auto id = number_member(*object, "host");
        const auto* const reason = object->if_contains("reason");
        std::optional<utc_time> since;
        if (!id || reason == nullptr || !reason->is_string() || !read_member(*object, "from", host.from) ||
            !read_member(*object, "since", since) || !since)
            return false;
        host.id = *id;
        // Each host is in it once: two entries of one id are none of our states.
        if (std::ranges::find(hosts, host.id, &entry::id) != hosts.end())
            return false;
        host.since = *since;
        host.reason = std::string_view(reason->get_string());
        hosts.push_back(std::move(host));
    }
    std::ranges::sort(hosts, {}, &entry::id);
    hosts_ = std::move(hosts);
    return true;
}

std::string host_quarantine::text() const
{
    json::array all;
    for (const auto& host : hosts_)
        all.push_back(json::object{
            {"host", host.id},
            {"from", date_member(host.from)},
            {"since", date_member(host.since)},
            {"reason", host.reason}});
    return json::serialize(all);
}

const host_quarantine::entry* host_quarantine::find(std::uint64_t id) const
{
    const auto found = std::lower_bound(hosts_.begin(), hosts_.end(), id, before);
    return found != hosts_.end() && found->id == id ? &*found : nullptr;
}

const host_quarantine::entry* host_quarantine::from(std::uint64_t id) const
{
    const auto found = std::lower_bound(hosts_.begin(), hosts_.end(), id, before);
    return found != hosts_.end() ? &*found : nullptr;
}

std::vector<std::uint64_t> host_quarantine::add(entry host)
{
    // There is space left, and few failed in a row: the host is to blame.
    if (hosts_.size() < host_limit && row_.add(host.id))
    {
        // A host that failed again keeps its first entry, and so the time since when it is left out.
        if (find(host.id) == nullptr)
            hosts_.insert(std::lower_bound(hosts_.begin(), hosts_.end(), host.id, before), std::move(host));
        return {};
    }
    // Otherwise all of the row, and this one, are to be asked for again.
    auto again = row_.take_back();
    for (const auto id : again)
        leave(id);
    again.push_back(host.id);
    return again;
}

void host_quarantine::begin_cycle()
{
    due_.clear();
    for (const auto& host : hosts_)
        due_.push_back(host.id);
    // next() takes from the back, and the lowest id is to come first.
    std::ranges::reverse(due_);
    row_.reset();
}

std::optional<std::uint64_t> host_quarantine::next()
{
    if (due_.empty())
        return std::nullopt;
    const auto id = due_.back();
    due_.pop_back();
    return id;
}

void host_quarantine::leave(std::uint64_t id)
{
    std::erase_if(hosts_, [id](const entry& one) { return one.id == id; });
    std::erase(due_, id);
}

void host_quarantine::keep(std::uint64_t id, const host_progress& progress)
{
    const auto found = std::lower_bound(hosts_.begin(), hosts_.end(), id, before);
    if (found != hosts_.end() && found->id == id)
        found->progress = progress;
}

}  // namespace qdc::services
