#pragma once

#include "ports/time_source.hpp"

#include <memory>

namespace qdc::net
{

/// The machine's clocks.
std::unique_ptr<time_source> make_system_clock();

}  // namespace qdc::net
