#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::devo
{

/// One rule of `obfuscation_data`: which values of an event are masked, and how.
struct obfuscation_rule
{
    /// Member names from the root. "*" is every member or list item; a number is that item of a list. A name that meets
    /// a list is looked for in each of its items, because Qualys' XML makes a list where an element occurs twice.
    std::vector<std::string> path;
    std::optional<std::string> replacement;  ///< JSON text of `value`; nothing: the default of the value's type
    std::vector<std::string> patterns;       ///< Perl regular expressions: only what matches is replaced
};

/// What the rules did, for metrics.
struct obfuscation_counters
{
    std::uint64_t masked{0};      ///< values changed
    std::uint64_t unmatched{0};   ///< a rule found nothing at its path; the event stays as it is
    std::uint64_t mismatched{0};  ///< `value` is of another type than what it replaces: the type's default was taken
    std::uint64_t failed{0};      ///< a pattern could not be used, or an event not be read: all of it was masked

    bool operator==(const obfuscation_counters&) const = default;
};

/// Masks values of events, with the syntax and the defaults of the official collector (Devo collector SDK 1.8.0,
/// obfuscation): "****SANITIZED****" for a string, -1 for an integer, -1.0 for a float, false for a boolean. null stays.
///
/// Unlike there, a rule that fails masks more, never less. A path that ends at an object or a list masks every leaf
/// below. A pattern that matches a number's spelling masks the number. Rules apply one after the other; everything they
/// do not touch stays byte for byte.
class obfuscator
{
public:
    /// Compiles the patterns. One that is no regular expression masks every value its rule reaches.
    explicit obfuscator(std::vector<obfuscation_rule> rules);
    ~obfuscator();
    obfuscator(obfuscator&&) noexcept;
    obfuscator& operator=(obfuscator&&) noexcept;

    bool empty() const noexcept;

    /// `event_json` is the JSON object of an event, compact, strings escaped as base/json_text.hpp does. One that is no
    /// such JSON is masked as a whole: an object that says so comes back.
    std::string apply(std::string_view event_json, obfuscation_counters& counters) const;

private:
    struct compiled_rule;
    class walk;

    std::vector<compiled_rule> rules_;
};

}  // namespace qdc::devo
