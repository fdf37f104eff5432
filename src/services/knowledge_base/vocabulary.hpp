#pragma once

#include "decode/element_names.hpp"

#include <memory>
#include <string>
#include <vector>

namespace qdc::services
{

/// The vocabulary of the KnowledgeBase. (DTD of the VM API, knowledge_base_vuln_list_output, versions 2.0 to 4.0.)
std::unique_ptr<decode::element_names> kb_vocabulary();

/// Every documented name in the events, at whatever depth.
std::vector<std::string> kb_names();

}  // namespace qdc::services
