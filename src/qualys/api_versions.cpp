#include "qualys/api_versions.hpp"

#include <utility>

namespace qdc::qualys
{
namespace
{

/// Newest first.
const std::vector<std::pair<endpoint, std::vector<std::string>>>& known_versions()
{
    static const std::vector<std::pair<endpoint, std::vector<std::string>>> table{
        {endpoint::scan_list, {"3.0", "2.0"}},
        {endpoint::scan_fetch, {"2.0"}},
        {endpoint::host_list, {"5.0", "4.0", "3.0", "2.0"}},
        {endpoint::host_list_detection, {"5.0", "4.0", "3.0", "2.0"}},
        {endpoint::user_activity, {"2.0"}},
        {endpoint::about, {""}},
    };
    return table;
}

}  // namespace

api_versions::api_versions(const std::map<std::string, std::string>& configured)
{
    for (const auto& [which, known] : known_versions())
    {
        const auto found = configured.find(std::string(name(which)));
        choice made;
        made.automatic = found != configured.end() && found->second == "auto";
        if (made.automatic)
            made.known = known;
        else
            made.known = {found != configured.end() ? found->second : known.front()};
        choices_.emplace(which, std::move(made));
    }
}

const std::string& api_versions::of(endpoint which) const
{
    const auto& made = choices_.at(which);
    return made.known[made.used];
}

bool api_versions::automatic(endpoint which) const
{
    return choices_.at(which).automatic;
}

bool api_versions::retire(endpoint which, std::string_view version)
{
    auto& made = choices_.at(which);
    if (made.known[made.used] != version)
        return true;  // another service has found that out already
    if (made.used + 1 == made.known.size())
    {
        made.used = 0;  // none works: the next cycle begins with the newest again
        return false;
    }
    ++made.used;
    return true;
}

}  // namespace qdc::qualys
