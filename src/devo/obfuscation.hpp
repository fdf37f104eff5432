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

/// What one rule did with one event. The worst of what happened counts, and the order is from good to bad.
enum class rule_outcome
{
    unmatched,  ///< its path is not there: the event stays as it is
    masked,  ///< what its path leads to is masked, as far as there is anything: null, {} and texts without a match are not
    mismatched,  ///< `value` is of another type than what it replaces, masked completely by the default of its type
    failed,      ///< a pattern cannot be used or gave up, or the event cannot be read: masked completely
};

/// How many events had which outcome, for each rule one.
struct obfuscation_counters
{
    std::uint64_t masked{0};
    std::uint64_t unmatched{0};
    std::uint64_t mismatched{0};
    std::uint64_t failed{0};

    bool operator==(const obfuscation_counters&) const = default;
};

/// A rule that matched nothing in a complete cycle: its path, or where that was there its patterns.
struct idle_rule
{
    std::string path;         ///< "USER_DEF.VALUE_9"
    std::uint64_t events{0};  ///< that it has seen
    bool found{false};        ///< the path was there, but its patterns matched nothing
    std::string nearest;      ///< the name that was there and is most like the missing one; empty: none is
};

/// Masks values of events, with the syntax and the defaults of the official collector (Devo collector SDK 1.8.0,
/// obfuscation): "****SANITIZED****" for a string, -1 for an integer, -1.0 for a float, false for a boolean. null
/// stays.
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

    /// Whether there are no rules, so that events need not pass through here.
    bool empty() const noexcept;

    /// `event_json` is the JSON object of an event, compact, strings escaped as base/json_text.hpp does. What is no
    /// such JSON is masked completely: an object that says so comes back.
    std::string apply(std::string_view event_json);

    /// What came of all events so far.
    const obfuscation_counters& counts() const noexcept { return counts_; }

    /// Ends a cycle: the rules that have seen events in it and matched nothing in any. Each is given once.
    std::vector<idle_rule> end_cycle();

private:
    struct compiled_rule;
    class walk;

    void count(rule_outcome outcome, std::uint64_t rules);

    std::vector<compiled_rule> rules_;
    obfuscation_counters counts_;
};

}  // namespace qdc::devo
