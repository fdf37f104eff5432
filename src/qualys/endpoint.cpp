#include "qualys/endpoint.hpp"

#include "base/percent.hpp"

#include <algorithm>
#include <cstddef>

namespace qdc::qualys
{
std::string path(const endpoint& endpoint, std::string_view version)
{
    if (endpoint.path.starts_with('/'))
        return std::string(endpoint.path);
    return "/api/" + std::string(version) + "/fo/" + std::string(endpoint.path);
}

std::string form_encoded(const parameters& form)
{
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
    const auto mark = url.find('?');
    if (mark == std::string_view::npos)
        return std::nullopt;
    auto query = url.substr(mark + 1);
    query = query.substr(0, query.find('#'));
    while (!query.empty())
    {
        const auto item = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(item.size() + 1, query.size()));
        const auto equals = item.find('=');
        if (equals != std::string_view::npos && percent_decoded(item.substr(0, equals)) == name)
            return percent_decoded(item.substr(equals + 1));
    }
    return std::nullopt;
}

}  // namespace qdc::qualys
