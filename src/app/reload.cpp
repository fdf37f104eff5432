#include "app/reload.hpp"

#include <algorithm>

namespace qdc::app
{

std::string first_error(const std::vector<settings::problem>& problems)
{
    const auto first = std::ranges::find(problems, settings::severity::error, &settings::problem::severity);
    return first != problems.end() ? settings::describe(*first) : "it cannot be used";
}

std::string fixed_part_changed(const settings::collector& now, const settings::collector& changed)
{
    if (changed.state_directory != now.state_directory)
        return "The state directory";
    if (changed.state != now.state)
        return "persistence";
    return changed.status != now.status ? "globals.status" : "";
}

}  // namespace qdc::app
