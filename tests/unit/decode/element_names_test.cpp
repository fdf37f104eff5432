#include "base/error.hpp"
#include "decode/element_names.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace qdc;
using namespace qdc::decode;

namespace
{

struct vocabulary
{
    element_names names{{"ID", "IP"}, {{"TAGS", element_kind::list}, {"RESULTS", element_kind::verbatim}}};
};

}  // namespace

TEST_CASE_FIXTURE(vocabulary, "element names: documented names have their kind")
{
    CHECK(names.at("ID").kind == element_kind::plain);
    CHECK(names.at("TAGS").kind == element_kind::list);
    CHECK(names.at("RESULTS").kind == element_kind::verbatim);
    CHECK(names.at("id").kind == element_kind::unknown);
}

TEST_CASE_FIXTURE(vocabulary, "element names: one name is one element, in whatever order they come")
{
    const auto* const id = &names.at("ID");
    const auto* const ip = &names.at("IP");
    const auto* const odd = &names.at("ODD");
    CHECK(&names.at("ID") == id);
    CHECK(&names.at("ODD") == odd);
    CHECK(&names.at("ID") == id);
    CHECK(&names.at("IP") == ip);
    CHECK(id->id != ip->id);
    CHECK(ip->id != odd->id);
}

TEST_CASE_FIXTURE(vocabulary, "element names: the key is ready for JSON, as one more member")
{
    CHECK(names.at("ID").key == ",\"ID\":");
    CHECK(names.at("a\"b").key == ",\"a\\\"b\":");
}

TEST_CASE_FIXTURE(vocabulary, "element names: trim keeps a handful of undocumented names")
{
    const auto* const odd = &names.at("ODD");
    names.trim();
    CHECK(&names.at("ODD") == odd);
}

TEST_CASE_FIXTURE(vocabulary, "element names: trim forgets very many undocumented names and no documented one")
{
    const auto* const tags = &names.at("TAGS");
    for (int i = 0; i < 1001; ++i)
        static_cast<void>(names.at(("ODD" + std::to_string(i)).c_str()));
    CHECK(names.at("ODD1000").id > 1000);
    names.trim();
    CHECK(&names.at("TAGS") == tags);
    CHECK(names.at("ODD0").kind == element_kind::unknown);
    CHECK(names.at("ODD1").id < 10);
}

TEST_CASE_FIXTURE(
    vocabulary, "element names: ever new ones have a limit, short or long, and a new document begins at nothing"
)
{
    const auto refused_at = [this](std::size_t length)
    {
        for (std::size_t count = 0;; ++count)
        {
            auto name = std::to_string(count);
            name = 'N' + std::string(length - name.size(), '0') + name;
            try
            {
                static_cast<void>(names.at(name.c_str()));
            }
            catch (const boost::system::system_error& thrown)
            {
                CHECK(thrown.code() == errc::record_too_large);
                return count;
            }
        }
    };
    const auto many = refused_at(10);
    CHECK(many > 1000);
    CHECK(many < 10'000);
    CHECK_NOTHROW(static_cast<void>(names.at("ID")));
    names.trim();
    CHECK(refused_at(10'000) < 100);
}
