#pragma once

#include "base/keyed_values.hpp"

#include <functional>
#include <map>
#include <string>
#include <utility>

namespace qdc::test
{

/// Values in a map.
class plain_values final : public keyed_values
{
public:
    std::optional<std::string_view> find(std::uint64_t key) override
    {
        const auto found = all.find(key);
        return found == all.end() ? std::nullopt : std::optional<std::string_view>(found->second);
    }

    std::optional<std::uint64_t> next(std::uint64_t key) override
    {
        const auto found = all.lower_bound(key);
        return found == all.end() ? std::nullopt : std::optional(found->first);
    }

    void put(std::uint64_t key, std::string value) override
    {
        ++puts;
        all[key] = std::move(value);
    }

    void erase(std::uint64_t key) override { all.erase(key); }

    std::uint64_t size() const override { return all.size(); }

    std::string note(std::string_view name) const override
    {
        const auto found = notes.find(name);
        return found == notes.end() ? std::string() : found->second;
    }

    void set_note(std::string_view name, std::string text) override { notes[std::string(name)] = std::move(text); }

    void clear() override
    {
        all.clear();
        notes.clear();
    }

    std::uint64_t generation() const override { return static_cast<std::uint64_t>(puts); }

    std::map<std::uint64_t, std::string> all;
    std::map<std::string, std::string, std::less<>> notes;
    int puts{0};
};

}  // namespace qdc::test
