#include "services/service_kind.hpp"

#include "base/number.hpp"

namespace qdc::services
{

const filter* find_filter(const service_kind& kind, std::string_view name)
{
    for (const auto& table : kind.filters)
        for (const auto& one : table)
            if (one.name == name)
                return &one;
    return nullptr;
}

const key* find_key(const service_kind& kind, std::string_view name)
{
    for (const auto& one : kind.keys)
        if (one.name == name)
            return &one;
    return nullptr;
}

bool flag_key(const service_options& options, std::string_view name)
{
    const auto found = options.keys.find(name);
    return found != options.keys.end() && found->second == "true";
}

std::optional<std::int64_t> whole_key(const service_options& options, std::string_view name)
{
    const auto found = options.keys.find(name);
    return found != options.keys.end() ? number_in<std::int64_t>(found->second) : std::nullopt;
}

}  // namespace qdc::services
