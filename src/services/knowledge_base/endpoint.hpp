#pragma once

#include "qualys/endpoint.hpp"

#include <array>

namespace qdc::services::endpoints
{

inline constexpr std::array knowledge_base_versions{
    qualys::api_version{"4.0", {}}, qualys::api_version{"3.0", {}}, qualys::api_version{"2.0", {}}};

/// The KnowledgeBase. It has no pages, and refuses truncation_limit. (User guide of July 2026, page 1172.)
inline constexpr qualys::endpoint knowledge_base{
    "knowledge_base", "knowledge_base/vuln/", "list", knowledge_base_versions, "KNOWLEDGE_BASE_VULN_LIST_OUTPUT"};

}  // namespace qdc::services::endpoints
