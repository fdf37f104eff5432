#pragma once

#include "devo/obfuscation.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::devo
{

/// What stands for one value.
struct masked_value
{
    std::optional<std::string> json;  ///< nothing: the value stays
    rule_outcome outcome{rule_outcome::masked};
    bool missed{false};  ///< no pattern matched anything in it
};

/// What one obfuscation rule makes of a value, wherever the value stands.
class mask
{
public:
    /// `replacement` and `patterns` as in obfuscation_rule.
    mask(std::optional<std::string> replacement, const std::vector<std::string>& patterns);
    ~mask();
    mask(mask&&) noexcept;
    mask& operator=(mask&&) noexcept;

    /// `scalar` is JSON: a string, number, boolean or null.
    masked_value over(std::string_view scalar) const;

private:
    struct compiled;

    std::unique_ptr<const compiled> rule_;
};

}  // namespace qdc::devo
