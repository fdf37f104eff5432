#include "devo/obfuscation.hpp"

#include "base/json_text.hpp"
#include "base/nearest.hpp"
#include "devo/mask.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <utility>

// The path USER_DEF.VALUE_1 in an event; everything around the value stays byte for byte:
//
//   {"ID":"7","USER_DEF":{"VALUE_1":"blue","VALUE_2":"x"}}
//   {"ID":"7","USER_DEF":{"VALUE_1":"****SANITIZED****","VALUE_2":"x"}}
//
// The path TAGS.TAG in {"TAGS":{"TAG":["a","b"]}} masks both items: a name that meets a list goes on in each item. With
// the pattern [0-9]+ only the digits of "room 12" are masked: "room ****SANITIZED****".
namespace qdc::devo
{
namespace
{

constexpr std::size_t deepest = 256;

// So many events of a cycle, and so many names, are looked at to find what a rule that matches nothing may have meant.
constexpr std::uint64_t gathered_events = 100;
constexpr std::size_t gathered_names = 256;

constexpr std::string_view masked_event = R"({"masked":"****SANITIZED****"})";

/// The event is not the JSON it should be, or too deep.
struct unreadable
{
};

/// Whether a step of a path is the number of an item in a list.
bool is_index(const std::string& step)
{
    return !step.empty() && step.find_first_not_of("0123456789") == std::string::npos;
}

/// What a rule met in one cycle. Names are gathered only as long as nothing matched.
struct cycle_facts
{
    std::uint64_t events{0};
    bool matched{false};            ///< the path was there
    bool masked{false};             ///< something was masked
    bool missed{false};             ///< its patterns matched nothing in something
    std::size_t level{0};           ///< the place in the path at which no name fitted
    std::set<std::string> names{};  ///< that were there instead
};

}  // namespace

struct obfuscator::compiled_rule
{
    std::vector<std::string> path;  ///< names as JSON writes them, without the quotes
    mask values;

    bool reported{false};
    cycle_facts cycle{};  ///< of the cycle under way
};

/// One rule on its way through one event, which is not parsed but walked: what is not masked is copied as it stands.
class obfuscator::walk
{
public:
    walk(compiled_rule& rule, std::string_view text)
        : rule_(rule),
          text_(text),
          gathers_names_(!rule.cycle.matched && !rule.reported && rule.cycle.events < gathered_events)
    {
    }

    /// Nothing: the event stays as it is.
    std::optional<std::string> run()
    {
        if (at(0) != '{' || visit(0, rule_.path, 0) != text_.size())
            throw unreadable{};
        if (copied_ == 0)
            return std::nullopt;
        out_.append(text_.substr(copied_));
        return std::move(out_);
    }

    rule_outcome outcome() const noexcept { return outcome_; }

private:
    using steps = std::span<const std::string>;

    /// The byte at `place`; an event that ends there is not readable.
    char at(std::size_t place) const { return place < text_.size() ? text_[place] : throw unreadable{}; }

    /// The place behind `c`, which must stand at `place`.
    std::size_t behind(char c, std::size_t place) const { return at(place) == c ? place + 1 : throw unreadable{}; }

    std::size_t behind_scalar(std::size_t place) const;
    std::size_t behind_value(std::size_t place) const;
    std::size_t visit(std::size_t place, steps path, std::size_t depth);
    std::size_t visit_members(std::size_t place, steps path, std::size_t depth);
    std::size_t visit_items(std::size_t place, steps path, std::size_t depth);
    void cover(std::size_t begin, std::size_t end);
    void note_level(steps path);
    void note_name(std::string_view name, steps path);

    void note_outcome(rule_outcome outcome) { outcome_ = std::max(outcome_, outcome); }

    compiled_rule& rule_;
    std::string_view text_;
    bool gathers_names_;
    rule_outcome outcome_{rule_outcome::unmatched};
    std::string out_;
    std::size_t copied_{0};  ///< of text_, into out_
};

/// The place behind a string, number, boolean or null.
std::size_t obfuscator::walk::behind_scalar(std::size_t place) const
{
    if (at(place) != '"')
    {
        constexpr std::string_view beginnings = "-0123456789tfn";
        if (beginnings.find(text_[place]) == std::string_view::npos)
            throw unreadable{};
        return std::min(text_.find_first_of(",:]}", place), text_.size());
    }
    for (++place; at(place) != '"'; ++place)
    {
        if (text_[place] == '\\')
            ++place;
    }
    return place + 1;
}

/// The place behind any value, with everything inside of it: how values are passed over that a rule does not reach.
std::size_t obfuscator::walk::behind_value(std::size_t place) const
{
    if (at(place) != '{' && at(place) != '[')
        return behind_scalar(place);
    std::size_t depth = 0;
    do
    {
        const char c = at(place);
        if (c == '{' || c == '[')
            ++depth;
        else if (c == '}' || c == ']')
            --depth;
        place = c == '"' ? behind_scalar(place) : place + 1;
    } while (depth != 0);
    return place;
}

/// With the path at its end, everything at and below `place` is masked. Returns the place behind the value.
std::size_t obfuscator::walk::visit(std::size_t place, steps path, std::size_t depth)
{
    if (depth > deepest)
        throw unreadable{};
    if (path.empty())
        note_outcome(rule_outcome::masked);
    if (at(place) == '{')
        return visit_members(place + 1, path, depth + 1);
    if (at(place) == '[')
        return visit_items(place + 1, path, depth + 1);
    const auto end = behind_scalar(place);
    if (path.empty())
        cover(place, end);
    return end;
}

/// Takes each member of an object; `place` is behind its brace. Returns the place behind the closing one.
std::size_t obfuscator::walk::visit_members(std::size_t place, steps path, std::size_t depth)
{
    if (at(place) == '}')
        return place + 1;
    for (;;)
    {
        const auto begin = behind('"', place);
        const auto end = behind_scalar(place);
        const auto name = text_.substr(begin, end - 1 - begin);
        place = behind(':', end);
        // The path ended further up: everything below is masked.
        if (path.empty())
            place = visit(place, path, depth);
        // The name fits: the path goes on inside of its value.
        else if (path.front() == "*" || path.front() == name)
        {
            note_level(path.subspan(1));
            place = visit(place, path.subspan(1), depth);
        }
        else
        {
            // Another name: it may be what the rule meant, and its value is passed over.
            note_name(name, path);
            place = behind_value(place);
        }
        if (at(place) == '}')
            return place + 1;
        place = behind(',', place);
    }
}

/// Takes each item of a list; `place` is behind its bracket. Returns the place behind the closing one.
std::size_t obfuscator::walk::visit_items(std::size_t place, steps path, std::size_t depth)
{
    if (at(place) == ']')
        return place + 1;
    const bool by_index = !path.empty() && is_index(path.front());
    for (std::size_t index = 0;; ++index)
    {
        if (path.empty())
            place = visit(place, path, depth);
        // "*" or the item's own number: the path goes on inside of it.
        else if (path.front() == "*" || (by_index && path.front() == std::to_string(index)))
            place = visit(place, path.subspan(1), depth);
        else
            // Another number passes over the item; a name is looked for in each item.
            place = by_index ? behind_value(place) : visit(place, path, depth);
        if (at(place) == ']')
            return place + 1;
        place = behind(',', place);
    }
}

/// Masks the scalar between the two places: copies what stands in front of it, then the mask.
void obfuscator::walk::cover(std::size_t begin, std::size_t end)
{
    const auto masked = rule_.values.over(text_.substr(begin, end - begin));
    note_outcome(masked.outcome);
    rule_.cycle.missed = rule_.cycle.missed || masked.missed;
    if (!masked.json)
        return;
    rule_.cycle.masked = true;
    out_.append(text_.substr(copied_, begin - copied_));
    out_.append(*masked.json);
    copied_ = end;
}

/// The path came as far as that; names of an earlier place are no news any more.
void obfuscator::walk::note_level(steps path)
{
    const auto level = rule_.path.size() - path.size();
    if (!gathers_names_ || level <= rule_.cycle.level)
        return;
    rule_.cycle.level = level;
    rule_.cycle.names.clear();
}

/// A name that stands where the path came furthest.
void obfuscator::walk::note_name(std::string_view name, steps path)
{
    if (gathers_names_ && rule_.path.size() - path.size() == rule_.cycle.level &&
        rule_.cycle.names.size() < gathered_names)
        rule_.cycle.names.emplace(name);
}

obfuscator::obfuscator(std::vector<obfuscation_rule> rules)
{
    rules_.reserve(rules.size());
    for (auto& rule : rules)
    {
        // As the event writes them, so that names can be compared without decoding each.
        for (auto& step : rule.path)
        {
            std::string escaped;
            append_json_escaped(escaped, step);
            step = std::move(escaped);
        }
        rules_.push_back({.path = std::move(rule.path), .values = mask(std::move(rule.replacement), rule.patterns)});
    }
}

obfuscator::~obfuscator() = default;
obfuscator::obfuscator(obfuscator&&) noexcept = default;
obfuscator& obfuscator::operator=(obfuscator&&) noexcept = default;

bool obfuscator::empty() const noexcept
{
    return rules_.empty();
}

std::string obfuscator::apply(std::string_view event_json)
{
    // Each rule sees what the rules before it made of the event.
    std::string event(event_json);
    std::uint64_t done = 0;
    try
    {
        for (auto& rule : rules_)
        {
            walk one(rule, event);
            auto masked = one.run();
            count(one.outcome(), 1);
            ++done;
            ++rule.cycle.events;
            // A rule that matches in one event of a cycle is not idle in it.
            rule.cycle.matched = rule.cycle.matched || one.outcome() != rule_outcome::unmatched;
            if (masked)
                event = std::move(*masked);
        }
    }
    catch (const unreadable&)
    {
        // The rules that are left could not be applied, so nothing of the event may go out.
        count(rule_outcome::failed, rules_.size() - done);
        event = masked_event;
    }
    return event;
}

std::vector<idle_rule> obfuscator::end_cycle()
{
    std::vector<idle_rule> idle;
    for (auto& rule : rules_)
    {
        const auto& met = rule.cycle;
        // Reported once: the rule stays idle until somebody changes the configuration.
        const bool pattern_missed = met.matched && met.missed && !met.masked;
        if (met.events != 0 && (!met.matched || pattern_missed) && !rule.reported)
        {
            idle_rule one;
            one.found = met.matched;
            for (const auto& step : rule.path)
                one.path += (one.path.empty() ? "" : ".") + step;
            one.events = met.events;
            // The names that stood where the path came furthest show what the missing one may be a misspelling of.
            if (!one.found && met.level < rule.path.size())
                one.nearest = nearest(rule.path[met.level], {met.names.begin(), met.names.end()});
            idle.push_back(std::move(one));
            rule.reported = true;
        }
        // The next cycle begins.
        rule.cycle = {};
    }
    return idle;
}

void obfuscator::count(rule_outcome outcome, std::uint64_t rules)
{
    switch (outcome)
    {
        case rule_outcome::unmatched:
            counts_.unmatched += rules;
            return;
        case rule_outcome::masked:
            counts_.masked += rules;
            return;
        case rule_outcome::mismatched:
            counts_.mismatched += rules;
            return;
        case rule_outcome::failed:
            counts_.failed += rules;
            return;
    }
}

}  // namespace qdc::devo
