#include "base/trouble_id.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string_view>

using namespace qdc;

namespace
{

constexpr trouble_id all_ids[] = {
#define QDC_TROUBLE(id, meaning, fix) trouble_id::id,
#include "base/trouble_ids.def"
#undef QDC_TROUBLE
};

}  // namespace

TEST_CASE("trouble ids: each has a name of its own, and says what it means and what to do")
{
    std::set<std::string_view> names;
    for (const auto id : all_ids)
    {
        CAPTURE(name(id));
        CHECK(names.insert(name(id)).second);
        CHECK(name(id).find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos);
        CHECK(meaning_of(id).size() > 10);
        CHECK_FALSE(fix_of(id).empty());
    }
    CHECK(name(trouble_id::output_lost) == "output_lost");
}
