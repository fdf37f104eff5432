#pragma once

#include "base/keyed_values.hpp"
#include "services/changes/known_host.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace qdc::services
{

/// What happened to a finding since its last confirmed event.
enum class change
{
    fresh,      ///< "new": it is not known
    changed,    ///< a member that counts is different
    fixed,      ///< its STATUS has become Fixed
    reopened,   ///< Re-Opened from anything else, or anything but Fixed after Fixed
    gone,       ///< the host's complete answer lacks it
    host_gone,  ///< of a host: two complete lists of ids lack it
};

/// The value of "@change".
std::string_view name(change kind);

/// What one detection of an answer is, compared with what is known.
struct seen_finding
{
    std::optional<change> kind;  ///< nothing: it is as it was
    std::string was;             ///< `{"STATUS":"New",…}`; empty for `fresh`
};

struct gone_finding
{
    std::string key;  ///< known_finding::key without a number behind it
    std::string was;
};

/// The members of a detection that count as a change, but for those that the configuration ignores.
class counted_members
{
public:
    explicit counted_members(const std::vector<std::string>& ignored = {});

    bool count(std::string_view name) const;

private:
    std::vector<std::string_view> names_;
};

/// Compares the findings of one host after the other with those that are known, and remembers the new ones.
///
/// A host: begin(), seen() for each detection of its complete answer, end(). A host that was begun and is not ended (the
/// answer was cut) leaves what is known as it is.
class host_changes
{
public:
    /// Both outlive it.
    host_changes(keyed_values& known, const counted_members& counted) : known_(known), counted_(counted) {}

    void begin(std::uint64_t host);

    /// `detection`: its JSON object.
    seen_finding seen(std::string_view detection);

    /// The host came to its end: what is known but was not seen is gone. What was seen is known from now on.
    std::vector<gone_finding> end();

private:
    std::string unique_key(std::string key);

    keyed_values& known_;
    const counted_members& counted_;
    std::uint64_t host_{0};
    bool was_known_{false};
    known_host before_;
    std::vector<bool> met_;  ///< of before_.findings, those that were seen
    std::vector<known_finding> now_;
    std::unordered_map<std::string, unsigned> keys_;  ///< how often each was seen
};

}  // namespace qdc::services
