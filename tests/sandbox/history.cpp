#include "sandbox/history.hpp"

#include "sandbox/rng.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <stdexcept>

namespace qdc::sandbox
{
namespace
{

namespace json = boost::json;

scan_state first_state(std::uint64_t seed, std::uint64_t scan)
{
    using enum scan_state;
    constexpr std::array<scan_state, 16> weights{
        finished,
        finished,
        finished,
        finished,
        finished,
        finished,
        finished,
        finished,
        finished,
        finished,
        finished,
        running,
        finished_empty,
        finished_empty,
        canceled,
        queued,
    };
    dice any(seed, topic::scan, scan, 1);
    return any.one_in(40) ? error : any.pick(weights);
}

struct line_writer
{
    json::object operator()(const touch& c) const
    {
        return {{"change", "touch"}, {"first", c.first}, {"count", c.count}, {"every", c.every}, {"at", to_text(c.at)}};
    }

    json::object operator()(const entries_touched& c) const
    {
        auto line = (*this)(c.which);
        line["change"] = "touch_qids";
        return line;
    }

    json::object operator()(const hosts_purged& c) const
    {
        auto line = (*this)(c.which);
        line["change"] = "purge";
        return line;
    }

    json::object operator()(const rows_arrived& c) const
    {
        return {
            {"change", "activity"},
            {"count", c.count},
            {"at", to_text(c.at)},
            {"required", c.required},
            {"own", c.own},
        };
    }

    json::object operator()(const scans_moved& c) const { return {{"change", "scans_moved"}, {"count", c.count}}; }

    json::object operator()(const scans_added& c) const
    {
        return {{"change", "scans_added"}, {"count", c.count}, {"at", to_text(c.at)}, {"finished", c.finished}};
    }

    json::object operator()(const host_poisoned& c) const
    {
        return {{"change", "poison"}, {"host", c.host}, {"active", c.active}};
    }
};

std::uint64_t number_in(const json::object& line, std::string_view name)
{
    return line.at(name).to_number<std::uint64_t>();
}

instant time_in(const json::object& line)
{
    const auto at = parse_instant(std::string_view(line.at("at").as_string()));
    if (!at)
        throw std::runtime_error("served.jsonl: a change at no time");
    return *at;
}

std::uint64_t last_touch(const std::vector<touch>& touches, std::uint64_t index)
{
    for (std::uint64_t number = touches.size(); number > 0; --number)
        if (touches[number - 1].covers(index))
            return number;
    return 0;
}

}  // namespace

std::string to_line(const change& from)
{
    return json::serialize(std::visit(line_writer{}, from));
}

std::optional<change> from_line(std::string_view text)
{
    const auto value = json::parse(text);
    const auto& line = value.as_object();
    const auto* kind = line.if_contains("change");
    if (kind == nullptr)
        return std::nullopt;
    const std::string_view name = kind->as_string();
    if (name == "touch" || name == "touch_qids" || name == "purge")
    {
        const touch which{number_in(line, "first"), number_in(line, "count"), number_in(line, "every"), time_in(line)};
        if (name == "purge")
            return hosts_purged{which};
        return name == "touch" ? change(which) : change(entries_touched{which});
    }
    if (name == "activity")
        return rows_arrived{
            number_in(line, "count"), time_in(line), line.at("required").as_bool(), line.at("own").as_bool()};
    if (name == "scans_moved")
        return scans_moved{number_in(line, "count")};
    if (name == "scans_added")
        return scans_added{number_in(line, "count"), time_in(line), line.at("finished").as_bool()};
    if (name == "poison")
        return host_poisoned{number_in(line, "host"), line.at("active").as_bool()};
    throw std::runtime_error("served.jsonl: unknown change " + std::string(name));
}

history::history(const options& from) : seed_(from.seed), first_scans_(from.scans)
{
    for (std::uint64_t scan = 0; scan < from.scans; ++scan)
        states_.push_back(first_state(seed_, scan));
}

void history::apply(const change& next)
{
    std::visit([this](const auto& one) { add(one); }, next);
}

std::uint64_t history::version_of(std::uint64_t host) const
{
    return last_touch(touches_, host);
}

std::uint64_t history::version_of_entry(std::uint64_t entry) const
{
    return last_touch(entry_touches_, entry);
}

bool history::is_purged(std::uint64_t host, std::uint64_t version) const
{
    return std::any_of(
        purges_.begin(),
        purges_.end(),
        [host, version](const auto& each) { return each.first.covers(host) && version <= each.second; }
    );
}

std::optional<instant> history::launch_of_added(std::uint64_t scan) const
{
    if (scan < first_scans_)
        return std::nullopt;
    return added_launches_[scan - first_scans_];
}

void history::add(const touch& next)
{
    touches_.push_back(next);
}

void history::add(const entries_touched& next)
{
    entry_touches_.push_back(next.which);
}

void history::add(const hosts_purged& next)
{
    purges_.emplace_back(next.which, touches_.size());
}

void history::add(const rows_arrived& next)
{
    arrivals_.push_back(next);
}

void history::add(const scans_moved& next)
{
    std::uint64_t left = next.count == 0 ? states_.size() : next.count;
    for (std::uint64_t scan = 0; scan < states_.size() && left > 0; ++scan)
    {
        auto& state = states_[scan];
        if (state != scan_state::queued && state != scan_state::running)
            continue;
        const bool empty = dice(seed_, topic::scan, scan, 2).one_in(8);
        if (state == scan_state::queued)
            state = scan_state::running;
        else
            state = empty ? scan_state::finished_empty : scan_state::finished;
        --left;
    }
}

void history::add(const scans_added& next)
{
    states_.insert(states_.end(), next.count, next.finished ? scan_state::finished : scan_state::queued);
    added_launches_.insert(added_launches_.end(), next.count, next.at);
}

void history::add(const host_poisoned& next)
{
    if (next.active)
        poisoned_.insert(next.host);
    else
        poisoned_.erase(next.host);
}

}  // namespace qdc::sandbox
