#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace qdc
{

/// The number that `text` is, all of it: nothing for an empty text, a sign where Number has none, white space, anything
/// behind the number, and what Number cannot hold. A decimal Number takes infinity and NaN too.
template <class Number>
std::optional<Number> number_in(std::string_view text)
{
    Number number{};
    const auto* const end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, number);
    return failure == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

/// The same in base 16, upper or lower case, without 0x.
template <class Number>
std::optional<Number> hex_number_in(std::string_view text)
{
    Number number{};
    const auto* const end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, number, 16);
    return failure == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

}  // namespace qdc
