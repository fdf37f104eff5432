#include "services/state_members.hpp"

#include "base/error.hpp"
#include "base/number.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <utility>

namespace qdc::services
{
namespace
{

constexpr std::size_t print_digits = 16;

}  // namespace

std::optional<boost::json::object> parse_state(std::string_view state)
{
    error_code failure;
    auto parsed = boost::json::parse(state, failure);
    if (failure || !parsed.is_object())
        return std::nullopt;
    return std::move(parsed.get_object());
}

std::optional<std::uint64_t> number_of(const boost::json::value& value)
{
    if (!value.is_number())
        return std::nullopt;
    error_code failure;
    const auto number = value.to_number<std::uint64_t>(failure);
    return failure ? std::nullopt : std::optional(number);
}

std::optional<std::uint64_t> number_member(const boost::json::object& object, std::string_view name)
{
    const auto* const value = object.if_contains(name);
    return value != nullptr ? number_of(*value) : std::nullopt;
}

std::string_view text_member(const boost::json::object& object, std::string_view name)
{
    const auto* const value = object.if_contains(name);
    const auto* const text = value != nullptr ? value->if_string() : nullptr;
    return text != nullptr ? std::string_view(*text) : std::string_view();
}

const boost::json::object* object_member(const boost::json::object& object, std::string_view name)
{
    const auto* const value = object.if_contains(name);
    return value != nullptr ? value->if_object() : nullptr;
}

bool flag_member(const boost::json::object& object, std::string_view name)
{
    const auto* const value = object.if_contains(name);
    return value != nullptr && value->is_bool() && value->get_bool();
}

std::string date_member(const std::optional<utc_time>& time)
{
    // A clock of ours that was never set may count from 1970: a settle delay before that could not be read again.
    return time ? utc_seconds(std::max(*time, utc_time())) : std::string();
}

bool read_member(const boost::json::object& object, std::string_view name, std::optional<utc_time>& time)
{
    const auto* const value = object.if_contains(name);
    const auto* const text = value != nullptr ? value->if_string() : nullptr;
    if (text == nullptr)
        return false;
    time = parse_utc(*text);
    // None that we write is older, and the distance between two dates has to fit into the clock's 292 years.
    return time ? *time >= utc_time() : text->empty();
}

bool read_optional(const boost::json::object& object, std::string_view name, std::optional<utc_time>& time)
{
    return object.if_contains(name) == nullptr || read_member(object, name, time);
}

std::string print_member(std::uint64_t print)
{
    std::string text(print_digits, '0');
    // From the last digit to the first, four bits each.
    for (auto digit = text.rbegin(); digit != text.rend(); ++digit, print >>= 4)
        *digit = "0123456789abcdef"[print & 15];
    return text;
}

bool read_seed(const boost::json::object& object, std::uint64_t& seed)
{
    const auto* const member = object.if_contains("seed");
    const auto* const text = member != nullptr ? member->if_string() : nullptr;
    const auto print = text != nullptr ? parse_print(*text) : std::nullopt;
    seed = print.value_or(0);
    return member == nullptr || print;
}

std::optional<std::uint64_t> parse_print(std::string_view text)
{
    return text.size() == print_digits ? number_in<std::uint64_t>(text, 16) : std::nullopt;
}

}  // namespace qdc::services
