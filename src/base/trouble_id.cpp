#include "base/trouble_id.hpp"

#include <array>
#include <cstddef>

namespace qdc
{
namespace
{

struct entry
{
    std::string_view name;
    std::string_view meaning;
    std::string_view fix;
};

constexpr std::array entries{
#define QDC_TROUBLE(id, meaning, fix) entry{#id, meaning, fix},
#include "base/trouble_ids.def"
#undef QDC_TROUBLE
};

const entry& entry_of(trouble_id id) noexcept
{
    return entries[static_cast<std::size_t>(id)];
}

}  // namespace

std::string_view name(trouble_id id) noexcept
{
    return entry_of(id).name;
}

std::string_view meaning_of(trouble_id id) noexcept
{
    return entry_of(id).meaning;
}

std::string_view fix_of(trouble_id id) noexcept
{
    return entry_of(id).fix;
}

}  // namespace qdc
