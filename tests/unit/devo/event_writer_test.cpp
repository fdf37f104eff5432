#include "devo/event_writer.hpp"

#include <doctest/doctest.h>

using namespace qdc;
using namespace qdc::devo;
using namespace std::chrono_literals;

namespace
{

const utc_time start{1704880028290ms};

event_writer writer(std::string environment = {}, event_filter filter = {})
{
    event_writer out({"collector1", "vuln.qualys.hosts", std::move(environment), std::move(filter)});
    out.begin_cycle(start);
    out.at(start + 5ms);
    return out;
}

}  // namespace

TEST_CASE("event writer: a frame is one line with date, host, tag and JSON")
{
    auto out = writer();
    out.add({"{\"ID\":\"1\""});
    CHECK(
        out.take() == "<14>2024-01-10 09:47:08.295 collector1 vuln.qualys.hosts: "
                      "{\"ID\":\"1\",\"@devo_pulling_id\":\"1704880028290\"}\n"
    );
}

TEST_CASE("event writer: the environment comes before the pulling id, escaped")
{
    auto out = writer("pro\"d");
    out.without_frames();
    out.at(start);
    out.add({"{\"A\":1"});
    CHECK(out.take() == "{\"A\":1,\"@devo_environment\":\"pro\\\"d\",\"@devo_pulling_id\":\"1704880028290\"}\n");
}

TEST_CASE("event writer: an object given in pieces is one object")
{
    auto out = writer();
    out.without_frames();
    out.at(start);
    out.add({"{\"A\":\"1\"", ",\"DETECTION\":", "{", "}"});
    out.add({"{", {}, {}, {}});
    CHECK(
        out.take() == "{\"A\":\"1\",\"DETECTION\":{},\"@devo_pulling_id\":\"1704880028290\"}\n"
                      "{\"@devo_pulling_id\":\"1704880028290\"}\n"
    );
}

TEST_CASE("event writer: it counts what waits, and taking empties it")
{
    auto out = writer();
    CHECK(out.ready_events() == 0);
    CHECK(out.ready_bytes() == 0);
    out.add({"{"});
    out.add({"{"});
    CHECK(out.ready_events() == 2);
    const auto bytes = out.ready_bytes();
    CHECK(out.take().size() == bytes);
    CHECK(out.ready_events() == 0);
    CHECK(out.take().empty());
}

TEST_CASE("event writer: frames that fill the room which was lent leave with it")
{
    auto out = writer();
    CHECK(out.wants_room());
    std::string room;
    room.reserve(1000);
    const void* const memory = room.data();
    out.lend(std::move(room));
    CHECK_FALSE(out.wants_room());
    out.add({"{\"A\":\"", std::string(850, 'a'), "\""});
    CHECK(static_cast<const void*>(out.take().data()) == memory);
    CHECK(out.wants_room());
}

TEST_CASE("event writer: frames that leave most of the room free take no more than they need, and it serves the next")
{
    auto out = writer();
    std::string room;
    room.reserve(1000);
    const void* const memory = room.data();
    out.lend(std::move(room));
    out.add({"{"});
    const auto few = out.take();
    CHECK(few.capacity() < 200);
    CHECK_FALSE(out.wants_room());
    out.add({"{\"A\":\"", std::string(850, 'a'), "\""});
    CHECK(static_cast<const void*>(out.take().data()) == memory);
}

TEST_CASE("event writer: a room that had to grow is given up")
{
    auto out = writer();
    std::string room;
    room.reserve(1000);
    out.lend(std::move(room));
    out.add({"{\"A\":\"", std::string(850, 'a'), "\""});
    out.add({"{\"A\":\"", std::string(150, 'a'), "\""});
    const auto frames = out.take();
    CHECK(frames.capacity() == frames.size());
    CHECK(out.wants_room());
}

TEST_CASE("event writer: a new cycle has a new pulling id")
{
    auto out = writer();
    out.begin_cycle(start + 60s);
    out.add({"{"});
    CHECK(out.take().ends_with("{\"@devo_pulling_id\":\"1704880088290\"}\n"));
}

TEST_CASE("event writer: a filter sees the whole object and its answer is sent")
{
    std::string seen;
    auto out = writer(
        {},
        [&seen](std::string_view object)
        {
            seen = object;
            return std::string("{\"A\":\"****\"}");
        }
    );
    out.add({"{\"A\":\"1\"", ",\"B\":{", "}"});
    CHECK(seen == "{\"A\":\"1\",\"B\":{}}");
    CHECK(out.take().ends_with(": {\"A\":\"****\",\"@devo_pulling_id\":\"1704880028290\"}\n"));
}

TEST_CASE("event writer: a filter may leave nothing of an object")
{
    auto out = writer({}, [](std::string_view) { return std::string("{}"); });
    out.add({"{\"A\":\"1\""});
    CHECK(out.take().ends_with(": {\"@devo_pulling_id\":\"1704880028290\"}\n"));
}
