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

/// Two neighbours that cannot be fetched are bad luck; more are a fault of the endpoint.
constexpr std::size_t row_limit = 5;

/// The state must not grow without end.
constexpr std::size_t host_limit = 100;

bool before(const host_quarantine::entry& one, std::uint64_t id)
{
    return one.id < id;
}

}  // namespace

bool host_quarantine::restore(const json::array& saved)
{
    std::vector<entry> hosts;
    for (const auto& value : saved)
    {
        const auto* const object = value.if_object();
        if (object == nullptr)
            return false;
        entry host;
        error_code failure;
        const auto* const id = object->if_contains("host");
        const auto* const reason = object->if_contains("reason");
        std::optional<utc_time> since;
        if (id == nullptr || !id->is_number() || reason == nullptr || !reason->is_string() ||
            !read_member(*object, "from", host.from) || !read_member(*object, "since", since) || !since)
            return false;
        host.id = id->to_number<std::uint64_t>(failure);
        if (failure)
            return false;
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

host_quarantine::entry* host_quarantine::find(std::uint64_t id)
{
    const auto found = std::lower_bound(hosts_.begin(), hosts_.end(), id, before);
    return found != hosts_.end() && found->id == id ? &*found : nullptr;
}

const host_quarantine::entry* host_quarantine::from(std::uint64_t id) const
{
    const auto found = std::lower_bound(hosts_.begin(), hosts_.end(), id, before);
    return found != hosts_.end() ? &*found : nullptr;
}

bool host_quarantine::add(entry host, std::uint64_t& first)
{
    if (hosts_.size() < host_limit && row_ < row_limit)
    {
        ++row_;
        added_.push_back(host.id);
        if (find(host.id) == nullptr)
            hosts_.insert(std::lower_bound(hosts_.begin(), hosts_.end(), host.id, before), std::move(host));
        return true;
    }
    first = host.id;
    for (; row_ != 0 && !added_.empty(); --row_)
    {
        const auto id = added_.back();
        added_.pop_back();
        first = std::min(first, id);
        std::erase_if(hosts_, [id](const entry& one) { return one.id == id; });
    }
    return false;
}

void host_quarantine::begin_cycle()
{
    due_.clear();
    for (const auto& host : hosts_)
        due_.push_back(host.id);
    std::ranges::reverse(due_);
    added_.clear();
    row_ = 0;
}

host_quarantine::entry* host_quarantine::next()
{
    while (!due_.empty() && find(due_.back()) == nullptr)
        due_.pop_back();
    return due_.empty() ? nullptr : find(due_.back());
}

void host_quarantine::tried(bool came)
{
    const auto id = due_.back();
    due_.pop_back();
    if (came)
        std::erase_if(hosts_, [id](const entry& one) { return one.id == id; });
}

}  // namespace qdc::services
