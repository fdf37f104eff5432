#pragma once

#include "services/exchange.hpp"
#include "services/knowledge_base/document.hpp"
#include "services/knowledge_base/enrichment.hpp"
#include "services/knowledge_base/progress.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace qdc::services
{

/// What the exchanges of the KnowledgeBase share. The service owns it, and it outlives them.
struct kb_session
{
    service_options options;
    kb_options entries;
    knowledge known;
    devo::event_writer blank;  ///< the writer of each exchange begins as its copy
    kb_progress progress{options};
    bool missing_failed{false};  ///< in this cycle: the detections do without them until the next one
    std::size_t under_way{0};    ///< exchanges that are alive
    tally counts{};
    std::vector<notice> notices{};
};

/// The list of all ids, which is quick where the entries are not.
std::unique_ptr<exchange> make_kb_listing(kb_session& session);

/// The entries of progress.slice().
std::unique_ptr<exchange> make_kb_slice(kb_session& session);

/// Entries by their QIDs: missing ones, 500 at most, or one in quarantine.
std::unique_ptr<exchange> make_kb_missing(kb_session& session);
std::unique_ptr<exchange> make_kb_probe(kb_session& session, std::uint64_t qid);

}  // namespace qdc::services
