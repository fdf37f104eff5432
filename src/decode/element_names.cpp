#include "decode/element_names.hpp"

#include "base/error.hpp"
#include "base/json_text.hpp"
#include "decode/limits.hpp"

namespace qdc::decode
{

element_names::element_names(std::initializer_list<std::string_view> plain, std::initializer_list<special> others)
{
    for (const auto name : plain)
        add(name, element_kind::plain);
    for (const auto& other : others)
        add(other.name, other.kind);
    documented_ = elements_.size();
}

/// The slow way of at(): looks the name up and notes it as what follows the last one, for the next time.
const element& element_names::find(std::string_view name)
{
    const auto found = elements_.find(name);
    const auto& here = found != elements_.end() ? found->second : add_unknown(name);
    if (last_ != nullptr)
        last_->next = &here;
    last_ = &here;
    return here;
}

void element_names::trim()
{
    constexpr std::size_t kept = 1000;
    if (elements_.size() <= documented_ + kept)
        return;
    // Documented names stay; their guesses may point to erased names, so all guesses go.
    std::erase_if(elements_, [](const auto& item) { return item.second.kind == element_kind::unknown; });
    for (const auto& item : elements_)
        item.second.next = nullptr;
    last_ = nullptr;
    undocumented_bytes_ = 0;
}

/// Adds an undocumented name, and counts what it costs.
const element& element_names::add_unknown(std::string_view name)
{
    constexpr std::size_t around = 200;  // the node and its two strings
    undocumented_bytes_ += around + 2 * name.size();
    if (undocumented_bytes_ > undocumented_limit_bytes)
        throw boost::system::system_error(errc::record_too_large);
    constexpr std::size_t enough = 20;
    constexpr std::size_t longest = 100;
    if (first_unknown_.size() < enough)
        first_unknown_.emplace_back(name.substr(0, longest));
    return add(name, element_kind::unknown);
}

/// Adds a name with its key, escaped once here instead of with each record: NAME -> ,"NAME":
const element& element_names::add(std::string_view name, element_kind kind)
{
    element fresh{std::string(name), ",", kind, elements_.size(), nullptr};
    append_json_string(fresh.key, name);
    fresh.key += ':';
    return elements_.emplace(fresh.name, fresh).first->second;
}

}  // namespace qdc::decode
