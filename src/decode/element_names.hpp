#pragma once

#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace qdc::decode
{

/// What is special about an element; everything else follows from the document itself.
enum class element_kind
{
    plain,
    list,           ///< its members are lists, also when there is one; without members it is {} instead of ""
    list_of_lists,  ///< its children are of kind list (METADATA: a list of attributes for each provider)
    list_holder,    ///< some of its members are `repeated`; without members it is {} instead of ""
    repeated,       ///< it is a list in its parent, also when there is one
    verbatim,       ///< white space around its text belongs to the value
    unknown,        ///< not documented: passes through and is counted
};

/// One name of the vocabulary.
struct element
{
    std::string name;
    std::string key;  ///< the name as the beginning of one more JSON member: ,"NAME":
    element_kind kind{element_kind::unknown};
    std::size_t id{0};                     ///< small and dense; documented names first
    mutable const element* next{nullptr};  ///< what followed last time: documents repeat themselves
};

/// The vocabulary of one kind of document. Documented names are given; others are added as they appear, up to a limit.
class element_names
{
public:
    /// A documented name that is more than plain.
    struct special
    {
        std::string_view name;
        element_kind kind;
    };

    /// The documented names: `plain` are of kind plain, `others` of theirs.
    element_names(std::initializer_list<std::string_view> plain, std::initializer_list<special> others);
    element_names(const element_names&) = delete;
    element_names& operator=(const element_names&) = delete;

    /// Finds or adds. The reference is valid until trim(). Throws boost::system::system_error with errc::record_too_large:
    /// there are more undocumented names than anybody could need.
    const element& at(const char* name)
    {
        // One comparison of a short name instead of its length, a hash and a walk: with 30 elements a detection this is a
        // tenth of the cost of parsing.
        const auto* const expected = last_ != nullptr ? last_->next : nullptr;
        if (expected == nullptr || std::strcmp(expected->name.c_str(), name) != 0)
            return find(name);
        last_ = expected;
        return *expected;
    }

    /// The same for a name that may hold a zero.
    const element& at(std::string_view name)
    {
        const auto* const expected = last_ != nullptr ? last_->next : nullptr;
        if (expected == nullptr || expected->name != name)
            return find(name);
        last_ = expected;
        return *expected;
    }

    /// The first undocumented names that came, in their order.
    const std::vector<std::string>& first_unknown() const noexcept { return first_unknown_; }

    /// Forgets undocumented names when an odd document has brought very many. Call between documents only.
    void trim();

private:
    struct text_hash
    {
        using is_transparent = void;

        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
    };

    const element& find(std::string_view name);
    const element& add(std::string_view name, element_kind kind);
    const element& add_unknown(std::string_view name);

    std::unordered_map<std::string, element, text_hash, std::equal_to<>> elements_;
    std::size_t documented_{0};
    std::size_t undocumented_bytes_{0};
    const element* last_{nullptr};
    std::vector<std::string> first_unknown_;
};

}  // namespace qdc::decode
