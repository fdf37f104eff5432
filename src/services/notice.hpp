#pragma once

#include "base/trouble_id.hpp"

#include <optional>
#include <string>

namespace qdc::services
{

/// Something that a service has to say besides its events.
struct notice
{
    std::optional<trouble_id> id;  ///< nothing: good news, as the end of a quarantine
    std::string text;

    bool operator==(const notice&) const = default;
};

}  // namespace qdc::services
