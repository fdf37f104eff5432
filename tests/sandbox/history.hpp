#pragma once

#include "sandbox/options.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace qdc::sandbox
{

/// Some hosts were processed again: new dates, some changed detections. Each touch is a generation of the data; the
/// n-th one makes version n of the hosts it names, version 0 is what the seed alone gives.
struct touch
{
    std::uint64_t first = 0;  ///< host index, not id
    std::uint64_t count = 0;
    std::uint64_t every = 1;
    instant at;

    [[nodiscard]] bool covers(std::uint64_t host) const
    {
        return host >= first && host - first < count && (host - first) % every == 0;
    }
};

/// Rows were added at the new end of the activity log, all in one second.
struct rows_arrived
{
    std::uint64_t count = 0;
    instant at;
    bool required = true;  ///< verify asks for them; false for rows newer than the window that was being read
    bool own = false;      ///< rows that the collector's own calls caused
};

/// Unfinished scans went one state further: Queued, Running, Finished.
struct scans_moved
{
    std::uint64_t count = 0;  ///< the first so many unfinished ones; 0: all
};

/// Scans were launched.
struct scans_added
{
    std::uint64_t count = 0;
    instant at;
    bool finished = true;  ///< else they begin as Queued
};

/// A host whose detections never come to an end was made, or healed.
struct host_poisoned
{
    std::uint64_t host = 0;
    bool active = true;
};

/// Some entries of the KnowledgeBase were modified: as a touch of hosts.
struct entries_touched
{
    touch which;
};

/// Some hosts were purged: they are in no answer until they are processed again.
struct hosts_purged
{
    touch which;
};

using change =
    std::variant<touch, rows_arrived, scans_moved, scans_added, host_poisoned, entries_touched, hosts_purged>;

/// One line of served.jsonl, without the line break.
std::string to_line(const change& from);

/// The change that a line of served.jsonl holds; nothing for a line of another kind. Throws std::runtime_error or
/// boost::system::system_error for a line that is no JSON object or lacks a member.
std::optional<change> from_line(std::string_view line);

enum class scan_state : std::uint8_t
{
    queued,
    running,
    finished,
    finished_empty,
    canceled,
    error,
};

/// What the data have become since the start: the changes applied in order. The Qualys side keeps one and writes each
/// change to served.jsonl before it takes effect; verify builds the same one from that file.
class history
{
public:
    explicit history(const options& from);

    void apply(const change& next);

    [[nodiscard]] const std::vector<touch>& touches() const { return touches_; }

    [[nodiscard]] const std::vector<rows_arrived>& arrivals() const { return arrivals_; }

    [[nodiscard]] const std::set<std::uint64_t>& poisoned() const { return poisoned_; }

    /// The number of the last touch that covers the host, counted from 1; 0 when none does.
    [[nodiscard]] std::uint64_t version_of(std::uint64_t host) const;

    [[nodiscard]] const std::vector<touch>& entry_touches() const { return entry_touches_; }

    /// The number of the last touch that covers the entry, counted from 1; 0 when none does.
    [[nodiscard]] std::uint64_t version_of_entry(std::uint64_t entry) const;

    /// Whether that version of the host was purged.
    [[nodiscard]] bool is_purged(std::uint64_t host, std::uint64_t version) const;

    [[nodiscard]] std::uint64_t scan_count() const { return states_.size(); }

    [[nodiscard]] scan_state state_of(std::uint64_t scan) const { return states_[scan]; }

    [[nodiscard]] std::optional<instant> launch_of_added(std::uint64_t scan) const;

private:
    void add(const touch& next);
    void add(const rows_arrived& next);
    void add(const scans_moved& next);
    void add(const scans_added& next);
    void add(const host_poisoned& next);
    void add(const entries_touched& next);
    void add(const hosts_purged& next);

    std::uint64_t seed_;
    std::vector<touch> touches_;
    std::vector<touch> entry_touches_;
    std::vector<std::pair<touch, std::uint64_t>> purges_;  ///< with the number of touches before it
    std::vector<rows_arrived> arrivals_;
    std::set<std::uint64_t> poisoned_;
    std::vector<scan_state> states_;
    std::uint64_t first_scans_;
    std::vector<instant> added_launches_;
};

}  // namespace qdc::sandbox
