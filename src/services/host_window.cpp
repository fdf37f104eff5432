#include "services/host_window.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace qdc::services
{
namespace
{

namespace json = boost::json;

std::string text_of(const std::optional<utc_time>& at)
{
    return at ? utc_seconds(*at) : std::string();
}

/// A member that is a date or empty. False: it is neither.
bool read(const json::object& from, std::string_view name, std::optional<utc_time>& at)
{
    const auto* const value = from.if_contains(name);
    const auto* const text = value != nullptr ? value->if_string() : nullptr;
    if (text == nullptr)
        return false;
    at = parse_utc(*text);
    return at || text->empty();
}

}  // namespace

host_window::host_window(const service_options& options)
    : start_(options.start_time),
      settle_(options.settle_delay),
      overlap_(options.overlap),
      fixed_until_(options.until)
{
}

bool host_window::restore(std::string_view state, std::uint64_t& next_host)
{
    error_code failure;
    const auto parsed = json::parse(state, failure);
    const auto* const object = failure ? nullptr : parsed.if_object();
    if (object == nullptr)
        return false;

    std::optional<utc_time> start, mark, from, until;
    const auto* const next = object->if_contains("next_host");
    if (!read(*object, "start_time_utc", start) || !read(*object, "mark", mark) || !read(*object, "from", from) ||
        !read(*object, "until", until) || next == nullptr || !next->is_number())
        return false;
    if (start != start_)
        return true;
    mark_ = mark;
    from_ = from;
    until_ = until;
    next_host = next->to_number<std::uint64_t>(failure);
    return true;
}

std::string host_window::state(std::uint64_t next_host) const
{
    const json::object object{
        {"start_time_utc", text_of(start_)},
        {"mark", text_of(mark_)},
        {"from", text_of(from_)},
        {"until", text_of(until_)},
        {"next_host", next_host},
    };
    return json::serialize(object);
}

void host_window::open(utc_time now)
{
    // Whole seconds: Qualys refuses fractions, and what is saved must be what was asked.
    until_ = fixed_until_.value_or(std::chrono::floor<std::chrono::seconds>(now) - settle_);
    from_ = mark_ ? std::optional(*mark_ - overlap_) : start_;
    if (from_)
        until_ = std::max(*until_, *from_);
}

std::optional<utc_time> host_window::until() const
{
    return from_ || fixed_until_ ? until_ : std::nullopt;
}

void host_window::close()
{
    mark_ = until_;
    from_.reset();
    until_.reset();
}

}  // namespace qdc::services
