#include "state/file_name.hpp"

#include <doctest/doctest.h>

using namespace qdc;
using state::key_of;
using state::names_of;

TEST_CASE("state: file names are readable")
{
    const auto names = names_of({"qualys", "13241243", "host_list_detection"});
    CHECK(names.newest == "qualys.13241243.host_list_detection.json");
    CHECK(names.previous == "qualys.13241243.host_list_detection.prev.json");
    CHECK(names.set_aside == "qualys.13241243.host_list_detection.reset.json");
}

TEST_CASE("state: no character of a name can leave the directory or split it")
{
    CHECK(names_of({"../a.b", "0 1%", "\xc3\xa9\n"}).newest == "%2E%2E%2Fa%2Eb.0%201%25.%C3%A9%0A.json");
}

TEST_CASE("state: a file name leads back to its key")
{
    for (const auto& key :
         {state_key{"qualys", "00123", "host_list"}, state_key{"../a.b", "0 1%", "\xc3\xa9\n"}, state_key{"", "", ""}})
    {
        for (const auto& name : {names_of(key).newest, names_of(key).previous})
        {
            const auto back = key_of(name);
            CAPTURE(name);
            REQUIRE(back);
            CHECK(back->input == key.input);
            CHECK(back->id == key.id);
            CHECK(back->service == key.service);
        }
    }
}

TEST_CASE("state: other files of the directory belong to no key")
{
    for (const auto* name :
         {".lock",
          "323422f31db86826d62db1657fa6290e",
          "a.b.c.reset.json",
          "a.b.c.json.tmp",
          "a.b.c.prev.json.tmp",
          "a.b.json",
          "a.b.c.d.json",
          "a.b.c%2.json",
          "a.b.c%2e.json",
          "a.b.c%41.json",
          "a b.c.d.json",
          ""})
    {
        CAPTURE(name);
        CHECK_FALSE(key_of(name));
    }
}
