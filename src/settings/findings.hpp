#pragma once

#include "settings/document.hpp"
#include "settings/problem.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace qdc::settings
{

/// Collects what is wrong, so that one run shows all of it.
class findings
{
public:
    /// `strict`: what nobody knows is an error, not a warning.
    explicit findings(bool strict) : strict_(strict) {}

    /// Notes a mistake. `key` is the key path, empty for the complete file; `fix` says what helps.
    void error(const place& place, std::string key, std::string message, std::string fix = {});
    /// Notes what works, but is probably not meant.
    void warning(const place& place, std::string key, std::string message, std::string fix = {});

    /// For a key that nobody knows: an error when strict, else a warning.
    void unknown(const place& place, std::string key, std::string message, std::string fix = {});

    /// Whether the configuration must not be used.
    bool any_error() const;

    /// All of them, file by file, by line; each once.
    std::vector<problem> in_order() &&;

private:
    void add(severity severity, const place& place, std::string key, std::string message, std::string fix);

    bool strict_;
    std::vector<problem> problems_;
};

/// "did you mean `x`?" or "".
std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates);

/// The same, or else "known here: a, b, c".
std::string nearest_or_all(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace qdc::settings
