#include "qualys/api_versions.hpp"

#include <utility>

namespace qdc::qualys
{

api_versions::api_versions(std::map<std::string, std::string> configured) : configured_(std::move(configured)) {}

std::string api_versions::of(const endpoint& which) const
{
    const auto fixed = configured_.find(std::string(which.name));
    if (fixed != configured_.end() && fixed->second != "auto")
        return fixed->second;
    if (which.versions.empty())
        return {};
    const auto gone = used_.find(which);
    return std::string(which.versions[gone != used_.end() ? gone->second : 0].number);
}

bool api_versions::automatic(const endpoint& which) const
{
    const auto found = configured_.find(std::string(which.name));
    return found != configured_.end() && found->second == "auto";
}

bool api_versions::retire(const endpoint& which, std::string_view version)
{
    if (of(which) != version)
        return true;  // another service has found that out already
    if (!automatic(which))
        return false;
    auto& gone = used_[which];
    if (++gone < which.versions.size())
        return true;
    gone = 0;  // none works: the next cycle begins with the newest again
    return false;
}

}  // namespace qdc::qualys
