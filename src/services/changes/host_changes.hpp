#pragma once

#include "base/keyed_values.hpp"
#include "services/changes/known_findings.hpp"
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
    snapshot,   ///< it is as it was, and everything is sent
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
    std::string was;             ///< `{"STATUS":"New",…}`; empty for `fresh` and `snapshot`
    std::string status{};        ///< its STATUS now
};

struct gone_finding
{
    std::string key;  ///< known_finding::key without a number behind it
    std::string was;
};

/// What one host's answer comes to.
struct host_difference
{
    std::vector<gone_finding> gone;
    host_update update;  ///< what is known from now on
};

/// Whether a finding that the answer lacks is gone.
enum class answer
{
    complete,
    partial,  ///< no: a filter may hide it for a while
};

/// The members of a detection that count as a change, but for those that the configuration ignores.
class counted_members
{
public:
    /// `hidden`: those whose earlier value is not to be shown, because obfuscation changes them.
    explicit counted_members(const std::vector<std::string>& ignored = {}, std::vector<std::string> hidden = {});

    /// Whether a member of that name counts.
    bool count(std::string_view name) const;

    /// Those that count.
    const std::vector<std::string_view>& names() const noexcept { return names_; }

    /// Whether the earlier value of that member is not to be shown.
    bool hides(std::string_view name) const;

    /// Tells sets of members apart: a bit for each one that counts.
    std::uint8_t mark() const noexcept { return mark_; }

private:
    std::vector<std::string_view> names_;
    std::uint8_t mark_{0};
    std::vector<std::string> hidden_;
};

/// All findings of a host are gone; it stays known.
host_difference all_gone(std::uint64_t host, const known_host& before, const counted_members& counted);

/// Compares the findings of one host after the other with those that are known. What is known it leaves as it is.
///
/// A host: begin(), seen() for each detection of its answer, end(). One that was begun and is not ended (the answer was
/// cut) is as if nothing had come.
class host_changes
{
public:
    /// Both outlive it.
    host_changes(keyed_values& known, const counted_members& counted) : known_(known), counted_(counted) {}

    /// A host begins: what is known of it is read.
    void begin(std::uint64_t host);

    /// `detection`: its JSON object.
    seen_finding seen(std::string_view detection);

    /// The host came to its end: what is known but was not seen is gone. What was seen is known from now on.
    host_difference end(answer is = answer::complete);

private:
    /// `key`, with a number behind it from the second time on.
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
