#include "sandbox/document.hpp"

#include <charconv>
#include <cstring>

namespace qdc::sandbox
{

void document::clear()
{
    nodes_.clear();
    arena_.release();
}

void document::leaf(std::string_view name, std::string_view text)
{
    leaf(name, text, {}, {});
}

void document::leaf(std::string_view name, std::string_view text, std::string_view attribute, std::string_view value)
{
    nodes_.push_back({
        .name = name,
        .text = text,
        .attribute = attribute,
        .attribute_value = value,
        .end = nodes_.size() + 1,
        .container = false,
    });
}

void document::number(std::string_view name, std::uint64_t value)
{
    std::array<char, 20> digits;
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    leaf(name, keep({digits.data(), static_cast<std::size_t>(end - digits.data())}));
}

void document::time(std::string_view name, instant at)
{
    leaf(name, keep(to_text(at)));
}

std::size_t document::open(std::string_view name)
{
    nodes_.push_back({.name = name, .text = {}, .attribute = {}, .attribute_value = {}, .end = 0, .container = true});
    return nodes_.size() - 1;
}

void document::close(std::size_t opened)
{
    nodes_[opened].end = nodes_.size();
}

std::string_view document::keep(std::string_view text)
{
    if (text.empty())
        return {};
    auto* const place = static_cast<char*>(arena_.allocate(text.size(), 1));
    std::memcpy(place, text.data(), text.size());
    return {place, text.size()};
}

}  // namespace qdc::sandbox
