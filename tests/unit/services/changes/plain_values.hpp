#pragma once

#include "base/keyed_values.hpp"

#include <map>
#include <string>

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

    std::map<std::uint64_t, std::string> all;
    int puts{0};
};

}  // namespace qdc::test
