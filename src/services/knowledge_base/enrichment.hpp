#pragma once

#include "base/keyed_values.hpp"
#include "services/knowledge_base/missing_entries.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace qdc::services
{

/// What the detections of an input want of its KnowledgeBase. One for each input.
struct enrichment
{
    std::vector<std::string> members;  ///< that each detection carries, in their order: `enrich`
    missing_entries missing{};
    std::uint64_t revision{0};  ///< changes whenever a look-up might find something else than before
};

/// Its table, by that name among service_options::tables: kb_entry by QID.
inline constexpr char kb_table[] = "knowledge_base";

/// The same with the index that serves it. Both outlive it.
struct knowledge
{
    keyed_values& index;
    const std::vector<std::string>& members;
    missing_entries& missing;
    std::uint64_t& revision;
};

}  // namespace qdc::services
