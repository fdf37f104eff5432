#pragma once

#include "sandbox/document.hpp"
#include "sandbox/view.hpp"
#include "sandbox/world.hpp"

#include <cstdint>

namespace qdc::sandbox
{

/// What of an entry of the KnowledgeBase a call shows, or the configuration keeps.
struct entry_view
{
    bool pci_reasons = false;
    bool modules = false;
    bool change_log = false;
    bool texts = true;  ///< DIAGNOSIS, CONSEQUENCE, SOLUTION
    std::optional<bool> patchable;
};

entry_view read_entry_view(const parameter_map& parameters, const options& settings);

/// QIDs ascend: five neighbours, then a gap. There are some beyond the last entry, for detections that have none.
std::uint64_t qid_of(std::uint64_t entry);

/// The first entry whose QID is at least `qid`.
std::uint64_t first_entry_from(std::uint64_t qid);

/// When this version of an entry was modified. Version 0 lies between three years and a day before the epoch.
instant modified_at(const world& in, std::uint64_t entry, std::uint64_t version);

bool shows(const world& in, const entry_view& view, std::uint64_t entry);

/// Answers with it never end.
bool is_stuck(const world& in, std::uint64_t entry);

/// Appends the children of its VULN element. Some have no date of publication, no CVE or many, or empty lists.
void describe_entry(document& out, const world& in, std::uint64_t entry, std::uint64_t version, const entry_view& view);

}  // namespace qdc::sandbox
