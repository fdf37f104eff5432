#pragma once

#include "services/knowledge_base/document.hpp"
#include "services/knowledge_base/enrichment.hpp"
#include "services/service.hpp"

#include <memory>

namespace qdc::services
{

/// knowledge_base: one event per QID, and the index that detections are joined with: kb_table of the options. What they
/// miss comes through the options' enrichment. (User guide, KnowledgeBase download.)
std::unique_ptr<service> make_knowledge_base(service_options options, devo::event_style style, kb_options entries);

}  // namespace qdc::services
