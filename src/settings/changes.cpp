#include "services/changes/host_changes.hpp"
#include "settings/readers.hpp"
#include "settings/spelling.hpp"

#include <algorithm>

namespace qdc::settings
{
namespace
{

/// Members that do not count as a change, of those that do otherwise; with commas between.
std::string read_ignored(const section& section)
{
    std::string ignored;
    const auto* const given = section.value("ignore");
    if (given == nullptr)
        return ignored;
    const auto names = given->is == node::kind::scalar ? std::vector<node>{*given} : given->items;
    if (given->is == node::kind::map)
        section.error("ignore", "is a map, where a list is due", "write names of members, as `- RESULTS`");
    // Only members whose change makes an event can be ignored; any other name is reported and left out.
    const auto counting = services::counted_members().names();
    for (const auto& each : names)
    {
        if (each.is == node::kind::scalar && std::ranges::find(counting, each.text) != counting.end())
        {
            ignored += (ignored.empty() ? "" : ",") + each.text;
            continue;
        }
        // The name that was probably meant, or else all that count.
        auto fix = each.is == node::kind::scalar ? did_you_mean(each.text, counting) : std::string();
        if (fix.empty())
            for (const auto name : counting)
                fix += (fix.empty() ? "only these count: " : ", ") + std::string(name);
        section.warning(
            "ignore",
            (each.is == node::kind::scalar ? shown(each.text) : std::string("an entry")) +
                " counts as no change anyway",
            std::move(fix)
        );
    }
    return ignored;
}

}  // namespace

std::map<std::string, std::string> read_changes(const section& service)
{
    const auto changes = service.below("changes", part::changes);
    return {{"changes.baseline", changes.text("baseline")}, {"changes.ignore", read_ignored(changes)}};
}

}  // namespace qdc::settings
