#pragma once

#include "sandbox/options.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace qdc::sandbox
{

/// The order in which services are counted everywhere.
constexpr std::array<std::string_view, 5> service_names{
    "vm_scans",
    "host_list",
    "host_list_detection",
    "user_activity",
    "knowledge_base",
};

/// What a line turned out to be.
enum class arrival_kind : std::uint8_t
{
    vm_scans,
    host_list,
    host_list_detection,
    user_activity,
    knowledge_base,
    changes,      ///< what changed of the detections
    telemetry,    ///< the collector's own records, `devo.collector...`
    unknown_tag,  ///< a good frame for nobody
    malformed,    ///< no frame, or an event without the members every event must end with
};

constexpr std::size_t arrival_kinds = 9;

/// An event of a service as it is; what changed of one is none.
constexpr bool is_event(arrival_kind kind)
{
    return static_cast<std::size_t>(kind) < service_names.size();
}

/// What the KnowledgeBase says beside a detection is another matter than whether that arrived: it may be there or not yet.
std::string_view without_join(std::string_view body);

struct arrival
{
    arrival_kind kind;
    std::string_view body;  ///< of an event: its JSON up to the members that Devo's side gets added, no closing brace
};

/// Tells lines apart by the tags and the environment that the collector is configured with.
class arrival_reader
{
public:
    explicit arrival_reader(const options& from);

    /// `line` comes without its line break.
    [[nodiscard]] arrival read(std::string_view line) const;

private:
    std::array<std::string, service_names.size()> tags_;
    std::string changes_tag_;
    std::string environment_;
    bool joined_;  ///< detections carry what the KnowledgeBase says
};

}  // namespace qdc::sandbox
