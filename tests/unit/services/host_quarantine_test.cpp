#include "services/host_quarantine.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <doctest/doctest.h>

using namespace qdc;
using namespace std::chrono_literals;
using services::host_quarantine;

namespace
{

host_quarantine::entry host(std::uint64_t id)
{
    return {id, utc_time(1704880000s), utc_time(1704888000s), "timed \"out\"", {}};
}

bool put(host_quarantine& into, std::uint64_t id)
{
    return into.add(host(id)).empty();
}

}  // namespace

TEST_CASE("host quarantine: what is saved is restored")
{
    host_quarantine it;
    REQUIRE(put(it, 7));
    REQUIRE(put(it, 3));
    host_quarantine again;
    REQUIRE(again.restore(boost::json::parse(it.text()).as_array()));
    CHECK(again.text() == it.text());
    REQUIRE(again.all().size() == 2);
    CHECK(again.all()[0].id == 3);
    CHECK(again.all()[0].from == utc_time(1704880000s));
    CHECK(again.all()[0].reason == "timed \"out\"");
}

TEST_CASE("host quarantine: anything else is refused")
{
    for (const char* const text :
         {"[1]",
          R"([{"host":"7","from":"","since":"2024-01-10T12:00:00Z","reason":""}])",
          R"([{"host":7,"from":"","since":"","reason":""}])",
          R"([{"host":7,"from":"x","since":"2024-01-10T12:00:00Z","reason":""}])"})
    {
        CAPTURE(text);
        host_quarantine it;
        CHECK_FALSE(it.restore(boost::json::parse(text).as_array()));
    }
}

TEST_CASE("host quarantine: each host is tried once in a cycle, and leaves when it came")
{
    host_quarantine it;
    REQUIRE(put(it, 3));
    REQUIRE(put(it, 7));
    CHECK_FALSE(it.next());  // not in the cycle in which they failed
    it.begin_cycle();
    CHECK(it.next() == 3);
    it.keep(3, {});
    CHECK(it.next() == 7);
    it.leave(7);
    CHECK_FALSE(it.next());
    REQUIRE(it.all().size() == 1);
    CHECK(it.all()[0].id == 3);
}

TEST_CASE("host quarantine: the next one from an id on")
{
    host_quarantine it;
    REQUIRE(put(it, 3));
    REQUIRE(put(it, 7));
    CHECK(it.from(3)->id == 3);
    CHECK(it.from(4)->id == 7);
    CHECK(it.from(8) == nullptr);
}

TEST_CASE("host quarantine: many in a row are no fault of the hosts, and all of that row come out again")
{
    host_quarantine it;
    REQUIRE(put(it, 1));
    it.page_came();
    for (std::uint64_t id = 10; id < 15; ++id)
        REQUIRE(put(it, id));
    CHECK(it.add(host(15)) == std::vector<std::uint64_t>{10, 11, 12, 13, 14, 15});
    REQUIRE(it.all().size() == 1);
    CHECK(it.all()[0].id == 1);
}
