#pragma once

#include "qualys/endpoint.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::qualys
{

/// Which version of each endpoint is asked. Versions are per endpoint and action: of /fo/scan/ only the list has a 3.0.
/// (User guide of July 2026: pages 48, 51, 56, 1021, 1172. Superseded versions are removed after a year.)
class api_versions
{
public:
    /// `configured`: `api_versions` of the configuration, by endpoint name. `auto`: the newest known version, and when
    /// that is gone the next older one. Endpoints that are not named have their contract's default.
    explicit api_versions(const std::map<std::string, std::string>& configured = {});

    const std::string& of(endpoint which) const;

    /// That version is gone. True: another known one is used from now on; of() names it. False: there is no other, or
    /// the configuration fixes the version.
    bool retire(endpoint which, std::string_view version);

    /// Whether the configuration leaves the choice to us.
    bool automatic(endpoint which) const;

private:
    struct choice
    {
        std::vector<std::string> known;  ///< newest first; one only: fixed
        std::size_t used{0};
        bool automatic{false};
    };

    std::map<endpoint, choice> choices_;
};

}  // namespace qdc::qualys
