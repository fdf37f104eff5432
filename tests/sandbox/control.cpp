#include "sandbox/options_json.hpp"
#include "sandbox/qualys_desk.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <stdexcept>

namespace qdc::sandbox
{
namespace
{

namespace json = boost::json;

std::uint64_t number_or(const json::object& from, std::string_view name, std::uint64_t otherwise)
{
    const auto* value = from.if_contains(name);
    return value == nullptr ? otherwise : value->to_number<std::uint64_t>();
}

bool flag_or(const json::object& from, std::string_view name, bool otherwise)
{
    const auto* value = from.if_contains(name);
    return value == nullptr ? otherwise : value->as_bool();
}

instant time_or_now(const json::object& from)
{
    const auto* value = from.if_contains("at");
    if (value == nullptr)
        return now();
    const auto at = parse_instant(std::string_view(value->as_string()));
    if (!at)
        throw std::runtime_error("at: not a time");
    return *at;
}

/// The change that one member of a control message asks for.
change change_of(std::string_view name, const json::value& value, const options& settings)
{
    if (name == "poison" || name == "heal")
        return host_poisoned{value.to_number<std::uint64_t>(), name == "poison"};
    const auto& what = value.as_object();
    const auto at = time_or_now(what);
    const auto count = number_or(what, "count", 1);
    if (name == "touch" || name == "touch_qids" || name == "purge")
    {
        const auto every = number_or(what, "every", 1);
        if (every == 0)
            throw std::runtime_error("touch: every must not be 0");
        const auto all = name == "touch_qids" ? settings.qids : settings.hosts;
        const touch which{number_or(what, "first", 0), number_or(what, "count", all), every, at};
        if (name == "purge")
            return hosts_purged{which};
        return name == "touch" ? change(which) : change(entries_touched{which});
    }
    if (name == "add_activity")
    {
        const bool required = flag_or(what, "required", true);
        return rows_arrived{count, at, required, false};
    }
    if (name == "move_scans")
        return scans_moved{number_or(what, "count", 0)};
    if (name == "add_scans")
    {
        const bool finished = flag_or(what, "finished", true);
        return scans_added{count, at, finished};
    }
    throw std::runtime_error("unknown command " + std::string(name));
}

json::object counts(const std::map<std::string, std::uint64_t>& from)
{
    json::object out;
    for (const auto& [name, count] : from)
        out[name] = count;
    return out;
}

}  // namespace

void qualys_desk::control(std::string_view json_text)
{
    const auto message = json::parse(json_text);
    // Everything is checked before anything is changed.
    options settings = world_.settings;
    std::vector<change> changes;
    bool new_faults = false, new_devo_faults = false;
    for (const auto& member : message.as_object())
    {
        const std::string_view name = member.key();
        if (name != "set")
        {
            changes.push_back(change_of(name, member.value(), settings));
            continue;
        }
        const auto& set = member.value().as_object();
        from_json(settings, set, true);
        new_faults = set.contains("fault");
        new_devo_faults = set.contains("devo_fault");
    }
    for (const auto& text : settings.fault)
        (void)parse_fault(text, fault_side::qualys);
    for (const auto& text : settings.devo_fault)
        (void)parse_fault(text, fault_side::devo);

    world_.settings = settings;
    if (new_faults)
        faults_.set(settings.fault);
    if (new_devo_faults && devo_.set_faults)
        devo_.set_faults(settings.devo_fault);
    for (const auto& next : changes)
        announce(next);
}

http_answer qualys_desk::sandbox_answer(const http_request& request)
{
    http_answer answer;
    answer.content_type = "application/json";
    try
    {
        if (request.path == "/sandbox/control" && request.method == "POST")
            control(request.body);
        else if (request.path != "/sandbox/status")
        {
            answer.status = 404;
            answer.text = "{\"error\":\"only /sandbox/control (POST) and /sandbox/status\"}\n";
            return answer;
        }
        answer.text = status() + '\n';
    }
    catch (const std::exception& error)
    {
        answer.status = 400;
        answer.text = json::serialize(json::object{{"error", error.what()}}) + '\n';
    }
    return answer;
}

std::string qualys_desk::status() const
{
    json::array requests;
    for (const auto& line : recent_)
        requests.push_back(json::parse(line));
    json::object qualys{
        {"requests", counts(requests_by_endpoint_)},
        {"answers", counts(answers_by_status_)},
        {"faults", counts(faults_.totals())},
        {"sent_bytes", sent_bytes_},
        {"most_running", counts(quota_.most())},
        {"delays_ms", delays_ms_},
        {"touches", world_.past.touches().size()},
        {"activity_batches", world_.past.arrivals().size()},
        {"scans", world_.past.scan_count()},
        {"poisoned", world_.past.poisoned().size()},
        {"recent", std::move(requests)},
    };
    const auto devo = devo_.status ? json::parse(devo_.status()) : json::value();
    return json::serialize(json::object{{"qualys", std::move(qualys)}, {"devo", devo}});
}

}  // namespace qdc::sandbox
