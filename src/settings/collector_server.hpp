#pragma once

#include "settings/document.hpp"
#include "settings/findings.hpp"

namespace qdc::settings
{

/// The pair of files that a Devo Collector Server writes, in the shape of the official config.yaml: a root with
/// `globals`, `global_overrides`, `inputs` and `outputs`. Each value keeps its own file and line.
///
/// job_config.json holds `global_overrides` and `inputs`, or just the inputs; collector_config.json holds job_id, job_name,
/// debug, state_store and loggers (official collector SDK 1.8, its configuration loader).
node from_collector_server(node job, node collector, findings& out);

}  // namespace qdc::settings
