#include "settings/findings.hpp"

#include <doctest/doctest.h>

#include <memory>

using namespace qdc::settings;

namespace
{

place at(const std::string& file, std::size_t line)
{
    return {std::make_shared<const std::string>(file), line};
}

}  // namespace

TEST_CASE("settings findings: problems come file by file, line by line")
{
    findings out(false);
    out.error(at("b", 7), "k1", "x");
    out.warning(at("a", 9), "k2", "x");
    out.error(at("b", 2), "k3", "x");
    const auto all = std::move(out).in_order();
    REQUIRE(all.size() == 3);
    CHECK(all[0].key == "k3");
    CHECK(all[1].key == "k1");
    CHECK(all[2].key == "k2");
}

TEST_CASE("settings findings: what is found twice is said once")
{
    findings out(false);
    out.error(at("a", 1), "k", "x");
    out.error(at("a", 1), "k", "x");
    CHECK(std::move(out).in_order().size() == 1);
}

TEST_CASE("settings findings: what nobody knows is an error only when strict")
{
    findings lenient(false);
    lenient.unknown(at("a", 1), "k", "x");
    CHECK_FALSE(lenient.any_error());

    findings strict(true);
    strict.unknown(at("a", 1), "k", "x");
    CHECK(strict.any_error());
}

TEST_CASE("settings findings: a misspelt word finds its neighbour, a strange one finds none")
{
    const std::vector<std::string_view> words{"override_tag", "page_size", "filters"};
    CHECK(did_you_mean("overide_tag", words) == "did you mean `override_tag`?");
    CHECK(did_you_mean("filter", words) == "did you mean `filters`?");
    CHECK(did_you_mean("volume", words).empty());
}

TEST_CASE("settings findings: a word that is near none is answered with all that are known")
{
    const std::vector<std::string_view> words{"override_tag", "page_size"};
    CHECK(nearest_or_all("pagesize", words) == "did you mean `page_size`?");
    CHECK(nearest_or_all("volume", words) == "known here: override_tag, page_size");
    CHECK(nearest_or_all("volume", {}).empty());
}
