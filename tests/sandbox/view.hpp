#pragma once

#include "sandbox/utc.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qdc::sandbox
{

struct options;

/// Request parameters by name, query and form merged.
using parameter_map = std::map<std::string, std::string>;

/// Host ids as `ids` names them: single ids and ranges, both ends included.
using id_ranges = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

/// Which hosts a call asks for.
struct host_filter
{
    std::uint64_t id_min = 0;
    std::uint64_t id_max = UINT64_MAX;
    std::optional<id_ranges> ids;
    std::optional<instant> processed_after;
    std::optional<instant> processed_before;
    bool edges_exclusive = false;

    [[nodiscard]] bool takes(std::uint64_t id, instant processed) const;
};

/// What of a host and its detections a call shows.
struct host_view
{
    bool asset_id = false;
    bool tags = false;
    bool cloud_tags = false;
    bool metadata = false;
    bool trurisk = false;
    bool all_details = false;
    bool groups = false;
    bool ids_only = false;

    bool results = true;
    bool igs = false;
    bool reopened = false;
    bool qds = false;
    bool qds_factors = false;
    bool ignored = false;
    bool disabled = false;
    bool fixed = false;
    bool fresh = true;  ///< status New
    bool active = true;
    bool reopened_ones = true;
    unsigned severities = 0x3e;  ///< bit n: severity n
    std::optional<id_ranges> qids;
    std::optional<instant> updated_since;
};

/// Reads parameters that have been checked (endpoint_rules.hpp).
host_filter read_filter(const parameter_map& parameters, bool edges_exclusive);
host_view read_view(const parameter_map& parameters, const options& settings);

/// `1,5,100-200`; nothing when it is no such list.
std::optional<id_ranges> parse_ids(std::string_view text);

}  // namespace qdc::sandbox
