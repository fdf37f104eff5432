#pragma once

#include "base/utc.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace boost::json
{
class object;
class value;
}  // namespace boost::json

namespace qdc::services
{

/// Members of saved states, as the services write and read them. Reading is strict: false means that the state is none
/// of the service's.

/// A state as an object of JSON; nothing: it is something else.
std::optional<boost::json::object> parse_state(std::string_view state);

/// A whole number from 0 on; nothing: it is something else.
std::optional<std::uint64_t> number_of(const boost::json::value& value);

/// A member that is a whole number from 0 on; nothing: it is missing, or something else.
std::optional<std::uint64_t> number_member(const boost::json::object& object, std::string_view name);

/// A member that is text; "": it is missing, or something else. Valid as long as the object.
std::string_view text_member(const boost::json::object& object, std::string_view name);

/// A member that is an object; nullptr: it is missing, or something else. Valid as long as the object around it.
const boost::json::object* object_member(const boost::json::object& object, std::string_view name);

/// Whether a member is there and true.
bool flag_member(const boost::json::object& object, std::string_view name);

/// "2024-01-10T09:47:08Z"; nothing becomes "".
std::string date_member(const std::optional<utc_time>& time);

/// What date_member() wrote.
bool read_member(const boost::json::object& object, std::string_view name, std::optional<utc_time>& time);

/// The same; a state of an earlier version has no such member.
bool read_optional(const boost::json::object& object, std::string_view name, std::optional<utc_time>& time);

/// A fingerprint: 16 hexadecimal digits, because not every reader of JSON keeps 64 bits of a number.
std::string print_member(std::uint64_t print);

/// The seed of a state's fingerprints. A state of an earlier version has none, which is 0. False: it is no seed.
bool read_seed(const boost::json::object& object, std::uint64_t& seed);

/// What print_member() wrote; nothing: `text` is something else.
std::optional<std::uint64_t> parse_print(std::string_view text);

}  // namespace qdc::services
