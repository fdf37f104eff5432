#pragma once

#include "sandbox/view.hpp"
#include "sandbox/world.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace qdc::sandbox
{

// A detection's event begins with its host's members: `{"ID":"1000005",…,"DETECTION":{"UNIQUE_VULN_ID":…}`, without the
// closing brace, because Devo's side gets members added.

/// Calls `each` for every version that the host has had, from 0 on.
void for_each_version(const world& in, std::uint64_t host, const std::function<void(std::uint64_t version)>& each);

/// What stands in front of the detection.
std::string host_part_of(const world& in, const host_view& view, std::uint64_t host, std::uint64_t version);

/// Calls `each` for every detection that the view shows, with its members, without braces.
void for_each_detection(
    const world& in,
    const host_view& view,
    std::uint64_t host,
    std::uint64_t version,
    const std::function<void(std::string_view members)>& each
);

std::string detection_body(std::string_view host_part, std::string_view members);

}  // namespace qdc::sandbox
