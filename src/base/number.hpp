#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>
#include <system_error>

namespace qdc
{

/// The number that `text` is, all of it: nothing for an empty text, a sign where Number has none, white space, anything
/// behind the number, and what Number cannot hold. `base` is 10, or what is given, for whole numbers: digits of 16 are
/// upper or lower case, without 0x. A decimal Number takes infinity and NaN too.
template <class Number>
std::optional<Number> number_in(std::string_view text, std::same_as<int> auto... base)
{
    Number number{};
    const auto* const end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, number, base...);
    return failure == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

}  // namespace qdc
