#pragma once

#include "qualys/endpoint.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace qdc::qualys
{

/// Which version of each endpoint is asked. Versions are per endpoint and action: of /fo/scan/ only the list has a 3.0.
/// (User guide of July 2026: pages 48, 51, 56, 1021, 1172. Superseded versions are removed after a year.)
class api_versions
{
public:
    /// `configured`: `api_versions` of the configuration, by endpoint name. `auto`: the newest known version, and when
    /// that is gone the next older one. Endpoints that are not named have their newest, and keep it.
    explicit api_versions(std::map<std::string, std::string> configured = {});

    /// The version to ask now; empty: the endpoint has none.
    std::string of(const endpoint& endpoint) const;

    /// That version is gone. True: another known one is used from now on; of() names it. False: there is no other, or
    /// the configuration fixes the version.
    bool retire(const endpoint& endpoint, std::string_view version);

    /// Whether the configuration leaves the choice to us.
    bool automatic(const endpoint& endpoint) const;

private:
    std::map<std::string, std::string> configured_;
    std::map<endpoint_ref, std::size_t> used_;  ///< where the choice is ours: how many known versions are gone
};

}  // namespace qdc::qualys
