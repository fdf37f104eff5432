#pragma once

#include "sandbox/world.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace qdc::sandbox
{

/// Host ids ascend with gaps, seven apart in the mean.
std::uint64_t host_id(const world& in, std::uint64_t host);

/// Index of the first host whose id is at least `id`; `hosts` when there is none.
std::uint64_t first_host_from(const world& in, std::uint64_t id);

/// When this version of a host was processed. Version 0 lies between a month and ten minutes before the epoch.
instant processed_at(const world& in, std::uint64_t host, std::uint64_t version);

/// True for the few hosts that the detection list shows although they have no detections (seen in a sample of the
/// vendor).
bool is_bare(std::uint64_t host);

/// What the two host services tell alike.
struct host_facts
{
    std::uint64_t id;
    instant processed;
    std::string ip;
    std::string_view tracking;
    std::string_view os;
    std::string name;  ///< lower case, no dots
    std::string netbios;
    bool has_domain;
    bool in_cloud;
    bool has_agent;
    bool authenticated;
};

host_facts facts_of(const world& in, std::uint64_t host, std::uint64_t version);

}  // namespace qdc::sandbox
