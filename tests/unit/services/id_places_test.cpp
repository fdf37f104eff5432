#include "services/id_places.hpp"

#include <doctest/doctest.h>

#include <utility>

using qdc::services::id_places;

namespace
{

using places = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("id places: every so-manieth id is one, whether it stands alone or in a range")
{
    id_places it(3);
    it.add(1, 1);
    it.add(5, 5);
    it.add(9, 9);
    it.add(10, 14);
    it.add(20, 20);
    it.add(30, 30);
    CHECK(it.places() == places{10, 13, 30});  // in front of each stand three ids
}

TEST_CASE("id places: a list of one page has none")
{
    id_places it(3);
    it.add(1, 3);
    CHECK(it.places().empty());
    it.add(4, 4);
    CHECK(it.places() == places{4});
}

TEST_CASE("id places: a list that does not ascend says nothing")
{
    using ids = std::pair<std::uint64_t, std::uint64_t>;
    for (const auto& odd : {ids{7, 7}, ids{2, 9}, ids{9, 8}, ids{9, ~std::uint64_t{0}}})
    {
        CAPTURE(odd.first);
        id_places it(1);
        it.add(5, 7);
        it.add(odd.first, odd.second);
        it.add(10, 12);
        CHECK(it.places().empty());
    }
}

TEST_CASE("id places: of a list without end a few thousand are kept, about as far from each other")
{
    id_places one(1);
    id_places other(1);
    one.add(1, 1'000'000);
    for (std::uint64_t id = 1; id <= 1'000'000; ++id)
        other.add(id, id);
    CHECK(one.places() == other.places());
    const auto& all = one.places();
    REQUIRE(all.size() > id_places::most / 4);
    REQUIRE(all.size() < id_places::most);
    const auto stride = all[0] - 1;
    for (std::size_t at = 0; at < all.size(); ++at)
        REQUIRE(all[at] == 1 + (at + 1) * stride);
    CHECK(all.back() + stride > 1'000'000);

    id_places huge(1);
    huge.add(1, std::uint64_t{1} << 61);
    CHECK(huge.places().size() < id_places::most);
}
