#include "sandbox/faults.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

namespace qdc::sandbox
{
namespace
{

constexpr std::array<std::string_view, 21> qualys_kinds{
    "cut",      "html",  "login",    "expired", "registration", "concurrency",   "rate",
    "internal", "error", "stall",    "slow",    "silent",       "repeat_cursor", "duplicate_host",
    "entity",   "junk",  "redirect", "echo",    "empty",        "other_root",    "unclosed",
};

constexpr std::array<std::string_view, 9> devo_kinds{
    "refuse",
    "reset",
    "close_unread",
    "close_after",
    "stall",
    "no_answer",
    "slow",
    "silent",
    "idle",
};

constexpr std::array<std::string_view, 11> number_keys{
    "nth",
    "times",
    "every",
    "after",
    "seconds",
    "rate",
    "status",
    "code",
    "limit_above",
    "wait",
    "lines",
};

template <std::size_t N>
bool knows(const std::array<std::string_view, N>& list, std::string_view word)
{
    return std::find(list.begin(), list.end(), word) != list.end();
}

void read_key(fault& into, std::string_view part)
{
    const auto equals = part.find('=');
    const auto key = part.substr(0, equals);
    const auto value = equals == std::string_view::npos ? std::string_view{} : part.substr(equals + 1);
    if (key == "endpoint")
        into.endpoint = value;
    else if (key == "how")
        into.how = value;
    else if (key == "to")
        into.to = value;
    else if (knows(number_keys, key))
    {
        std::uint64_t number = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
        if (error != std::errc{} || end != value.data() + value.size())
            throw std::runtime_error("fault " + into.kind + ": " + std::string(key) + " is not a number");
        into.numbers[std::string(key)] = number;
    }
    else
        throw std::runtime_error("fault " + into.kind + ": unknown key " + std::string(key));
}

bool due(const fault& rule)
{
    if (const auto every = rule.number("every", 0))
        return rule.seen % every == 0;
    const auto nth = rule.number("nth", 1);
    const auto times = rule.number("times", rule.numbers.count("nth"));
    return rule.seen >= nth && (times == 0 || rule.seen < nth + times);
}

}  // namespace

std::uint64_t fault::number(const std::string& key, std::uint64_t otherwise) const
{
    const auto found = numbers.find(key);
    return found == numbers.end() ? otherwise : found->second;
}

void fault::happen() const
{
    if (happened != nullptr)
        ++*happened;
}

fault parse_fault(std::string_view text, fault_side side)
{
    fault rule;
    rule.kind = text.substr(0, text.find(':'));
    if (side == fault_side::qualys ? !knows(qualys_kinds, rule.kind) : !knows(devo_kinds, rule.kind))
        throw std::runtime_error("unknown fault " + rule.kind);
    text.remove_prefix(std::min(text.size(), rule.kind.size() + 1));
    while (!text.empty())
    {
        const auto part = text.substr(0, text.find(','));
        read_key(rule, part);
        text.remove_prefix(std::min(text.size(), part.size() + 1));
    }
    return rule;
}

void fault_book::set(const std::vector<std::string>& texts)
{
    std::vector<fault> rules;
    for (const auto& text : texts)
        rules.push_back(parse_fault(text, side_));
    rules_ = std::move(rules);
}

std::vector<fault> fault_book::strike(std::string_view endpoint, std::uint64_t page_size)
{
    std::vector<fault> struck;
    for (auto& rule : rules_)
    {
        if ((rule.endpoint != "*" && rule.endpoint != endpoint) || page_size < rule.number("limit_above", 0))
            continue;
        ++rule.seen;
        if (!due(rule))
            continue;
        struck.push_back(rule);
        struck.back().happened = &totals_[rule.kind];  // the nodes of a map stay where they are
    }
    return struck;
}

const fault* find_fault(const std::vector<fault>& struck, std::string_view kind)
{
    for (const auto& one : struck)
        if (one.kind == kind)
            return &one;
    return nullptr;
}

}  // namespace qdc::sandbox
