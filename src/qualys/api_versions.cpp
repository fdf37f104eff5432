#include "qualys/api_versions.hpp"

#include <utility>

namespace qdc::qualys
{

api_versions::api_versions(std::map<std::string, std::string> configured) : configured_(std::move(configured)) {}

std::string api_versions::of(const endpoint& endpoint) const
{
    // A version of the configuration is used as it is.
    const auto fixed = configured_.find(std::string(endpoint.name));
    if (fixed != configured_.end() && fixed->second != "auto")
        return fixed->second;
    // Some endpoints have no version in their path.
    if (endpoint.versions.empty())
        return {};
    // The newest one that has not been found to be gone.
    const auto gone = used_.find(endpoint);
    return std::string(endpoint.versions[gone != used_.end() ? gone->second : 0].number);
}

bool api_versions::automatic(const endpoint& endpoint) const
{
    const auto found = configured_.find(std::string(endpoint.name));
    return found != configured_.end() && found->second == "auto";
}

bool api_versions::retire(const endpoint& endpoint, std::string_view version)
{
    if (of(endpoint) != version)
        return true;  // another service has found that out already
    if (!automatic(endpoint))
        return false;
    // One version further down the list, as long as there is one.
    auto& gone = used_[endpoint];
    if (++gone < endpoint.versions.size())
        return true;
    gone = 0;  // none works: the next cycle begins with the newest again
    return false;
}

}  // namespace qdc::qualys
