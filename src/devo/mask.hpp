#pragma once

#include "devo/obfuscation.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::devo
{

/// What one obfuscation rule makes of a value, wherever the value stands.
class mask
{
public:
    /// `replacement` and `patterns` as in obfuscation_rule.
    mask(std::optional<std::string> replacement, const std::vector<std::string>& patterns);
    ~mask();
    mask(mask&&) noexcept;
    mask& operator=(mask&&) noexcept;

    /// The JSON that stands for `scalar`, which is JSON too: a string, number, boolean or null. Nothing: it stays.
    /// Counts what went wrong, not what was masked.
    std::optional<std::string> over(std::string_view scalar, obfuscation_counters& counters) const;

private:
    struct compiled;

    std::unique_ptr<const compiled> rule_;
};

}  // namespace qdc::devo
