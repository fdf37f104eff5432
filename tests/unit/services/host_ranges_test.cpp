#include "services/host_ranges.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <doctest/doctest.h>

using namespace qdc::services;

namespace
{

boost::json::object state_of(const std::string& members)
{
    return boost::json::parse('{' + members + '}').as_object();
}

/// A walk has begun: the first page was cut at `next`, and the page behind it is under way.
host_range& second_page(host_ranges& of, std::uint64_t next)
{
    auto* const range = of.next();
    REQUIRE(range);
    range->cut = true;
    range->progress.move_to(next);
    range->progress.cursor.begin = next;
    range->busy = true;
    return *range;
}

}  // namespace

TEST_CASE("host ranges: it begins as one, without an end")
{
    host_ranges it(1000);
    auto* const range = it.next();
    REQUIRE(range);
    CHECK_FALSE(range->is_bounded());
    range->busy = true;
    CHECK(it.next() == nullptr);
    CHECK_FALSE(it.wants_list());  // one page may be all
    CHECK(it.members() == R"("next_host":0)");
    it.end(*range);
    CHECK(it.all_walked());
    CHECK(it.members() == R"("next_host":0)");
}

TEST_CASE("host ranges: a list is wanted when a further page is under way, once at a time")
{
    host_ranges it(1000);
    auto& range = second_page(it, 50);
    CHECK(it.next() == nullptr);
    CHECK(it.wants_list());
    CHECK(it.list_from() == 50);
    it.list_begins();
    CHECK_FALSE(it.wants_list());
    it.list_given_back();
    CHECK(it.wants_list());
    it.list_begins();
    it.list_ends({});
    CHECK_FALSE(it.wants_list());  // it would say the same again
    it.begin_cycle();
    CHECK(it.wants_list());
    range.busy = false;
    CHECK_FALSE(it.wants_list());  // there is a page for whoever asks
}

TEST_CASE("host ranges: a list cuts what lies behind the page under way, and the last range has no end")
{
    host_ranges it(1000);
    auto& first = second_page(it, 50);
    it.list_begins();
    it.list_ends({50, 60, 70, 80});
    CHECK(first.progress.cursor.last == 59);
    CHECK(it.members() == R"("next_host":50,"ranges":[[50,59],[60,0]])");
    auto* const second = it.next();
    REQUIRE(second);
    CHECK(second->progress.next == 60);
    CHECK(second->progress.cursor.last == 69);
    second->busy = true;
    auto* const third = it.next();
    REQUIRE(third);
    CHECK(third->progress.cursor.last == 79);
    third->busy = true;
    CHECK(it.members() == R"("next_host":50,"ranges":[[50,59],[60,69],[70,79],[80,0]])");
    auto* const last = it.next();
    REQUIRE(last);
    CHECK_FALSE(last->is_bounded());
    last->busy = true;
    CHECK(it.next() == nullptr);
    CHECK_FALSE(it.wants_list());

    it.end(first);
    it.end(*third);
    CHECK(it.members() == R"("next_host":60,"ranges":[[60,69],[80,0]])");
    CHECK_FALSE(it.all_walked());
    it.end(*second);
    CHECK(it.members() == R"("next_host":80)");
    it.end(*last);
    CHECK(it.all_walked());
}

TEST_CASE("host ranges: no place is taken that lies in front of what was read")
{
    const auto cut_at = [](auto&& read)
    {
        host_ranges it(1000);
        auto& range = second_page(it, 50);
        read(range.progress);
        it.list_begins();
        it.list_ends({50, 60, 70, 80});
        return range.progress.cursor.last;
    };
    CHECK(cut_at([](host_progress&) {}) == 59);
    CHECK(cut_at([](host_progress& read) { read.cursor.next = read.cursor.end = 60; }) == 59);
    CHECK(cut_at([](host_progress& read) { read.cursor.edge = 60; }) == 69);  // half of it may be on its way
    CHECK(cut_at([](host_progress& read) { read.cursor.end = 61; }) == 69);
    CHECK(cut_at([](host_progress& read) { read.move_to(75); }) == 79);
    CHECK(cut_at([](host_progress& read) { read.move_to(81); }) == no_last_host);
}

TEST_CASE("host ranges: what is saved is taken up, the rest without its places")
{
    host_ranges it(1000);
    CHECK(it.restore(state_of(R"("next_host":50,"ranges":[[52,59],[64,69],[70,0]])")));
    CHECK(it.members() == R"("next_host":52,"ranges":[[52,59],[64,69],[70,0]])");
    CHECK(it.next()->progress.next == 52);
    CHECK_FALSE(it.all_walked());

    host_ranges older(1000);
    CHECK(older.restore(state_of(R"("next_host":50)")));
    CHECK(older.members() == R"("next_host":50)");
    CHECK_FALSE(older.next()->is_bounded());
}

TEST_CASE("host ranges: a state between a range's last host and the end of its page has nothing left of it")
{
    host_ranges it(1000);
    auto& range = second_page(it, 50);
    it.list_begins();
    it.list_ends({60});
    it.end(*it.next());
    range.progress.move_to(60);  // its last host is in the outbox
    CHECK(it.members() == R"("next_host":60,"ranges":[])");
    host_ranges again(1000);
    CHECK(again.restore(state_of(it.members())));
    CHECK(again.next() == nullptr);
    CHECK(again.all_walked());
}

TEST_CASE("host ranges: anything else is refused, and changes nothing")
{
    for (const char* const members :
         {R"("ranges":[])",
          R"("next_host":"1")",
          R"("next_host":-1)",
          R"("next_host":1,"ranges":1)",
          R"("next_host":1,"ranges":[1])",
          R"("next_host":1,"ranges":[[1]])",
          R"("next_host":1,"ranges":[[1,"2"]])",
          R"("next_host":1,"ranges":[[1,2,3]])"})
    {
        CAPTURE(members);
        host_ranges it(1000);
        it.open(7, page_size(10));
        CHECK_FALSE(it.restore(state_of(members)));
        CHECK(it.members() == R"("next_host":7)");
    }
}

TEST_CASE("host ranges: hosts that come out of quarantine are asked for again, wherever they were")
{
    host_ranges it(1000);
    auto& first = second_page(it, 50);
    it.list_begins();
    it.list_ends({60, 70});
    auto* const second = it.next();
    second->busy = true;
    second->progress.move_to(66);
    it.reopen(*second, {55, 63, 62, 65});
    CHECK(second->progress.next == 62);
    CHECK(second->progress.cursor.last == 69);
    it.end(first);
    CHECK(it.members() == R"("next_host":55,"ranges":[[62,69],[55,55],[70,0]])");
}
