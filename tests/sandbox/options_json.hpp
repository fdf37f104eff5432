#pragma once

#include "sandbox/options.hpp"

#include <boost/json/object.hpp>

namespace qdc::sandbox
{

/// All options as one object, as sandbox.json holds them.
boost::json::object to_json(const options& from);

/// Sets what `object` names; lists are replaced. Throws std::runtime_error for an unknown name, a wrong kind, or,
/// when `only_live`, an option that cannot change at run time.
void from_json(options& into, const boost::json::object& object, bool only_live = false);

}  // namespace qdc::sandbox
