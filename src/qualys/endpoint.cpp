#include "qualys/endpoint.hpp"

#include "base/percent.hpp"

#include <algorithm>
#include <cstddef>

namespace qdc::qualys
{
std::string path(const endpoint& endpoint, std::string_view version)
{
    // "/msp/about.php" is a path as it is; "asset/host/" becomes "/api/5.0/fo/asset/host/".
    if (endpoint.path.starts_with('/'))
        return std::string(endpoint.path);
    return "/api/" + std::string(version) + "/fo/" + std::string(endpoint.path);
}

std::string form_encoded(const parameters& form)
{
    // {action: list, ids: "1,2"} becomes "action=list&ids=1%2C2".
    std::string out;
    for (const auto& [key, value] : form)
    {
        if (!out.empty())
            out += '&';
        append_percent_encoded(out, key);
        out += '=';
        append_percent_encoded(out, value);
    }
    return out;
}

std::optional<std::string> query_parameter(std::string_view url, std::string_view name)
{
    // Of "https://host/path?action=list&id_min=17#x" only "action=list&id_min=17" is searched.
    const auto mark = url.find('?');
    if (mark == std::string_view::npos)
        return std::nullopt;
    auto query = url.substr(mark + 1);
    query = query.substr(0, query.find('#'));
    while (!query.empty())
    {
        // One "name=value" after the other; a name without a value is none.
        const auto item = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(item.size() + 1, query.size()));
        const auto equals = item.find('=');
        if (equals != std::string_view::npos && percent_decoded(item.substr(0, equals)) == name)
            return percent_decoded(item.substr(equals + 1));
    }
    return std::nullopt;
}

}  // namespace qdc::qualys
