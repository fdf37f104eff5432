#include "settings/filters.hpp"
#include "settings/spelling.hpp"

#include <optional>

namespace qdc::settings
{
namespace
{

/// A single value as it is written; a list is joined by commas.
std::optional<std::string> written(const member& m)
{
    if (m.value.is == node::kind::scalar)
        return m.value.text;
    std::optional<std::string> joined;
    if (m.value.is == node::kind::list)
        for (const auto& item : m.value.items)
        {
            if (item.is != node::kind::scalar)
                return std::nullopt;
            joined = joined ? *joined + ',' + item.text : item.text;
        }
    return joined;
}

/// Whether Qualys could have a parameter of that name: letters, digits, _ and -.
bool is_parameter_name(std::string_view name)
{
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    return !name.empty() && name.size() <= 100 && name.find_first_not_of(letters) == name.npos;
}

}  // namespace

std::map<std::string, std::string>
read_extra_parameters(const node& given, const services::service_kind& kind, const std::string& path, findings& out)
{
    std::map<std::string, std::string> extra;
    if (given.is == node::kind::scalar || given.is == node::kind::list)
        out.error(
            given.at,
            path,
            "is " + std::string(kind_name(given)) + ", where a map is due",
            "write one `parameter: value` a line, below `extra_parameters:`"
        );
    for (const auto& m : given.members)
    {
        // Names that the collector knows belong elsewhere; only unknown ones are sent as they are.
        const auto full = join_path(path, m.key);
        const auto* const known = services::find_filter(kind, m.key);
        const auto value = written(m);
        if (known != nullptr && known->form == services::value_form::ours)
            out.error(m.at, full, "is set by the collector itself", "remove it");
        else if (known != nullptr)
            out.error(m.at, full, "is a known parameter, whose values are checked", "write it below `filters:`");
        else if (!is_parameter_name(m.key))
            out.error(m.at, full, shown(m.key) + " is no name of a parameter", "write letters, digits, _ and -");
        else if (!value)
            out.error(m.at, full, "has no value that can be sent", "write a single value, or a list of them");
        else
            extra[m.key] = *value;
    }
    return extra;
}

}  // namespace qdc::settings
