#pragma once

#include "ports/reports.hpp"

#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

namespace qdc::status
{

/// Every phase with its name in metrics and JSON.
inline constexpr std::array<std::pair<service_phase, std::string_view>, 6> phase_words{{
    {service_phase::starting, "starting"},
    {service_phase::pulling, "pulling"},
    {service_phase::waiting, "waiting"},
    {service_phase::resting, "resting"},
    {service_phase::refused, "refused"},
    {service_phase::stopped, "stopped"},
}};

/// The name of a phase in metrics and JSON.
constexpr std::string_view word_of(service_phase phase)
{
    return phase_words[static_cast<std::size_t>(phase)].second;
}

}  // namespace qdc::status
