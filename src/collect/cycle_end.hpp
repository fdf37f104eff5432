#pragma once

#include <string_view>

namespace qdc::collect
{

/// How a cycle ended.
enum class cycle_end
{
    complete,  ///< everything of the window is confirmed and checkpointed
    partial,   ///< the same, but for records in quarantine
    failed,    ///< the next cycle goes on where this one stopped
    login,     ///< the credentials were refused
    retired,   ///< the API version is gone
};

/// "complete" …: the word in metrics and receipts.
std::string_view name(cycle_end end);

}  // namespace qdc::collect
