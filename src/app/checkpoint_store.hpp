#pragma once

#include "app/exit_status.hpp"
#include "ports/log.hpp"
#include "ports/state_store.hpp"

#include <filesystem>
#include <memory>

namespace qdc::app
{

/// Where the checkpoints are kept, or why nowhere.
struct opened_checkpoints
{
    std::unique_ptr<state_store> store;
    exit_status failure{exit_status::failed};  ///< where there is no store; the log has the reason
};

/// `directory`: where they stand as files; empty: they stay in memory.
opened_checkpoints open_checkpoints(const std::filesystem::path& directory, const log_origin& log);

}  // namespace qdc::app
