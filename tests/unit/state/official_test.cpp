#include "state/official.hpp"

#include "support/golden.hpp"
#include "unit/state/scratch.hpp"

#include <boost/system/errc.hpp>

// The .pickle files were written by Python's pickle module, one in each protocol, from one dictionary; the one named
// `reduce` holds an object that runs a command when Python loads it.

using namespace qdc;
using namespace std::string_literals;
using state::read_official;

TEST_CASE("official state: the file name is the MD5 of input, id, service and None")
{
    CHECK(state::official_file_name({"qualys", "13241243", "vm_scans"}) == "323422f31db86826d62db1657fa6290e");
}

TEST_CASE("official state: every protocol of Python gives the same state")
{
    for (const auto protocol : {'0', '1', '2', '3', '4', '5'})
    {
        CAPTURE(protocol);
        const auto read = read_official(test::data("state/official_protocol_"s + protocol + ".pickle"));
        REQUIRE_MESSAGE(read.value, read.problem);
        CHECK(read.value->persistence_version == 1);
        CHECK(read.value->start_time_str == "2024-01-01T00:00:00Z");
        CHECK(read.value->last_event_time_str == "2024-01-10T09:47:08Z");
        CHECK(
            read.value->last_ids ==
            std::vector<std::string>{
                "scan/1704880028.29",
                "scan/Z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x98\x80",
                "13241243",
                "1099511627776",
                "-7"}
        );
    }
}

TEST_CASE("official state: a file cut at any byte is refused")
{
    for (const auto protocol : {'0', '1', '2', '3', '4', '5'})
    {
        const auto whole = test::data("state/official_protocol_"s + protocol + ".pickle");
        for (std::size_t size = 0; size < whole.size(); ++size)
        {
            CAPTURE(protocol);
            CAPTURE(size);
            CHECK_FALSE(read_official(std::string_view(whole).substr(0, size)).value);
        }
    }
}

TEST_CASE("official state: no flipped byte does more than change or refuse the document")
{
    for (const auto protocol : {'0', '4'})
    {
        const auto whole = test::data("state/official_protocol_"s + protocol + ".pickle");
        for (std::size_t at = 0; at < whole.size(); ++at)
            for (const int bit : {0x01, 0x04, 0x20, 0x80})
            {
                auto flipped = whole;
                flipped[at] = static_cast<char>(flipped[at] ^ bit);
                const auto read = read_official(flipped);
                CHECK(read.value.has_value() == read.problem.empty());
            }
    }
}

TEST_CASE("official state: an object that would run a command is refused by the opcode's name and place")
{
    const auto read = read_official(test::data("state/official_reduce.pickle"));
    CHECK_FALSE(read.value);
    CHECK(read.problem == "opcode STACK_GLOBAL is refused, as plain data needs none (byte 47)");
}

TEST_CASE("official state: a value of an unexpected type is named")
{
    CHECK(read_official("(dVlast_ids\nI5\ns.").problem == "last_ids is not a list");
    CHECK(read_official("(dVstart_time_str\nI5\ns.").problem == "start_time_str is not a string");
    CHECK(read_official("(dV@persistence_version\nV1\ns.").problem == "@persistence_version is not a number");
    CHECK(
        read_official("(dVlast_ids\n(lNas.").problem == "last_ids holds something that is neither a string nor a number"
    );
    CHECK(read_official("].").problem == "it holds no dictionary");
}

TEST_CASE("official state: missing members and None stay empty")
{
    const auto read = read_official("(dVlast_event_time_str\nNs.");
    REQUIRE(read.value);
    CHECK_FALSE(read.value->persistence_version);
    CHECK_FALSE(read.value->start_time_str);
    CHECK_FALSE(read.value->last_event_time_str);
    CHECK(read.value->last_ids.empty());
}

TEST_CASE("official state: the file of a key is found by its name")
{
    const test::scratch dir;
    dir.write("323422f31db86826d62db1657fa6290e", "(dVstart_time_str\nVx\ns.");
    const auto read = read_official(dir.path(), {"qualys", "13241243", "vm_scans"});
    REQUIRE(read.has_value());
    REQUIRE(read->value);
    CHECK(read->value->start_time_str == "x");
    CHECK(
        read_official(dir.path(), {"qualys", "13241243", "host_list"}).error() ==
        boost::system::errc::no_such_file_or_directory
    );
}
