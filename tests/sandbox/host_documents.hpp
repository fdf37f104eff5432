#pragma once

#include "sandbox/document.hpp"
#include "sandbox/view.hpp"
#include "sandbox/world.hpp"

#include <cstdint>

namespace qdc::sandbox
{

/// Appends the children of HOST as the detection list shows them, without DETECTION_LIST, in the order
/// of host_list_vm_detection_output.dtd.
void describe_detection_host(
    document& out, const world& in, std::uint64_t host, std::uint64_t version, const host_view& view
);

/// Appends the children of HOST as the host list shows them in the order of host_list_output.dtd.
void describe_listed_host(
    document& out, const world& in, std::uint64_t host, std::uint64_t version, const host_view& view
);

}  // namespace qdc::sandbox
