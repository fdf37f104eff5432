#pragma once

#include "services/host_session.hpp"

#include <memory>

namespace qdc::services
{

/// The list of ids of the window whose walk is over: the findings of a host that it names and that the walk did not bring
/// are gone. A host in quarantine did not come, which says nothing. The window closes behind it.
std::unique_ptr<exchange> make_window_list(host_session& session);

/// The list of the ids of all hosts: one that is known and that two of them lack, a day apart, is gone. Only a list that came
/// to its end says something.
std::unique_ptr<exchange> make_complete_list(host_session& session);

}  // namespace qdc::services
