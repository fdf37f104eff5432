#include "devo/obfuscation.hpp"

#include "base/json_text.hpp"
#include "devo/mask.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace qdc::devo
{
namespace
{

constexpr std::size_t deepest = 256;

constexpr std::string_view masked_event = R"({"masked":"****SANITIZED****"})";

/// The event is not the JSON it should be, or too deep.
struct unreadable
{
};

bool is_index(const std::string& step)
{
    return !step.empty() && step.find_first_not_of("0123456789") == std::string::npos;
}

}  // namespace

struct obfuscator::compiled_rule
{
    std::vector<std::string> path;  ///< names as JSON writes them, without the quotes
    mask values;
};

/// One rule on its way through one event, which is not parsed but walked: what is not masked is copied as it stands.
class obfuscator::walk
{
public:
    walk(const compiled_rule& rule, std::string_view text, obfuscation_counters& counters)
        : rule_(rule),
          text_(text),
          counters_(counters)
    {
    }

    /// Nothing: the event stays as it is.
    std::optional<std::string> run()
    {
        if (visit(0, rule_.path, 0) != text_.size())
            throw unreadable{};
        if (!found_)
            ++counters_.unmatched;
        if (copied_ == 0)
            return std::nullopt;
        out_.append(text_.substr(copied_));
        return std::move(out_);
    }

private:
    using steps = std::span<const std::string>;

    char at(std::size_t place) const { return place < text_.size() ? text_[place] : throw unreadable{}; }

    std::size_t behind(char c, std::size_t place) const { return at(place) == c ? place + 1 : throw unreadable{}; }

    std::size_t behind_scalar(std::size_t place) const;
    std::size_t behind_value(std::size_t place) const;
    std::size_t visit(std::size_t place, steps path, std::size_t depth);
    std::size_t visit_members(std::size_t place, steps path, std::size_t depth);
    std::size_t visit_items(std::size_t place, steps path, std::size_t depth);
    void cover(std::size_t begin, std::size_t end);

    const compiled_rule& rule_;
    std::string_view text_;
    obfuscation_counters& counters_;
    bool found_{false};
    std::string out_;
    std::size_t copied_{0};  ///< of text_, into out_
};

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
    found_ = found_ || path.empty();
    if (at(place) == '{')
        return visit_members(place + 1, path, depth + 1);
    if (at(place) == '[')
        return visit_items(place + 1, path, depth + 1);
    const auto end = behind_scalar(place);
    if (path.empty())
        cover(place, end);
    return end;
}

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
        if (path.empty())
            place = visit(place, path, depth);
        else if (path.front() == "*" || path.front() == name)
            place = visit(place, path.subspan(1), depth);
        else
            place = behind_value(place);
        if (at(place) == '}')
            return place + 1;
        place = behind(',', place);
    }
}

std::size_t obfuscator::walk::visit_items(std::size_t place, steps path, std::size_t depth)
{
    if (at(place) == ']')
        return place + 1;
    const bool by_index = !path.empty() && is_index(path.front());
    for (std::size_t index = 0;; ++index)
    {
        if (path.empty())
            place = visit(place, path, depth);
        else if (path.front() == "*" || (by_index && path.front() == std::to_string(index)))
            place = visit(place, path.subspan(1), depth);
        else
            place = by_index ? behind_value(place) : visit(place, path, depth);
        if (at(place) == ']')
            return place + 1;
        place = behind(',', place);
    }
}

void obfuscator::walk::cover(std::size_t begin, std::size_t end)
{
    const auto masked = rule_.values.over(text_.substr(begin, end - begin), counters_);
    if (!masked)
        return;
    ++counters_.masked;
    out_.append(text_.substr(copied_, begin - copied_));
    out_.append(*masked);
    copied_ = end;
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
        rules_.push_back({std::move(rule.path), mask(std::move(rule.replacement), rule.patterns)});
    }
}

obfuscator::~obfuscator() = default;
obfuscator::obfuscator(obfuscator&&) noexcept = default;
obfuscator& obfuscator::operator=(obfuscator&&) noexcept = default;

bool obfuscator::empty() const noexcept
{
    return rules_.empty();
}

std::string obfuscator::apply(std::string_view event_json, obfuscation_counters& counters) const
{
    std::string event(event_json);
    try
    {
        for (const auto& rule : rules_)
        {
            auto masked = walk(rule, event, counters).run();
            if (masked)
                event = std::move(*masked);
        }
    }
    catch (const unreadable&)
    {
        ++counters.failed;
        event = masked_event;
    }
    return event;
}

}  // namespace qdc::devo
