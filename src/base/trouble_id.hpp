#pragma once

#include <string_view>

namespace qdc
{

/// What a warning or an error is about. The list, with what each one means, is base/trouble_ids.def.
enum class trouble_id
{
#define QDC_TROUBLE(id, meaning, fix) id,
#include "base/trouble_ids.def"
#undef QDC_TROUBLE
};

/// "output_lost".
std::string_view name(trouble_id id) noexcept;

/// What it means, in one line.
std::string_view meaning_of(trouble_id id) noexcept;

/// What to do about it, in one line.
std::string_view fix_of(trouble_id id) noexcept;

}  // namespace qdc
