#include "services/catalogue.hpp"

namespace qdc::services
{

// catalogue.def is read twice: first it declares the kind of each service, then it fills the table with them.
#define QDC_SERVICE(name) extern const service_kind name##_kind;
#include "services/catalogue.def"
#undef QDC_SERVICE

namespace
{

constexpr const service_kind* kinds[] = {
#define QDC_SERVICE(name) &name##_kind,
#include "services/catalogue.def"
#undef QDC_SERVICE
};

}  // namespace

std::span<const service_kind* const> catalogue()
{
    return kinds;
}

const service_kind* find_kind(std::string_view name)
{
    for (const auto* const kind : kinds)
        if (kind->name == name)
            return kind;
    return nullptr;
}

std::string service_names(std::string_view last)
{
    std::string names;
    for (const auto* const kind : kinds)
    {
        // A comma between, but the last word in front of the last name.
        if (!names.empty())
            names += kind == *std::rbegin(kinds) ? last : ", ";
        names += kind->name;
    }
    return names;
}

}  // namespace qdc::services
