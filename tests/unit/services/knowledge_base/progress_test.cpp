#include "services/knowledge_base/progress.hpp"

#include "unit/services/by_hand.hpp"

using namespace qdc;
using namespace qdc::services;
using qdc::services::test::at;

namespace
{

const auto noon = at("2026-11-22T12:00:00Z");

service_options usual()
{
    service_options options;
    options.overlap = std::chrono::hours(24);
    return options;
}

kb_progress begun(const service_options& options = usual())
{
    kb_progress progress(options);
    progress.begin_cycle(noon, std::nullopt);
    return progress;
}

/// "5-9", "10-".
std::string slice_of(const kb_progress& progress)
{
    const auto slice = progress.slice();
    if (!slice)
        return "none";
    return std::to_string(slice->first) + '-' + (slice->last ? std::to_string(*slice->last) : "");
}

void come(kb_progress& progress, std::uint64_t entries = 1)
{
    progress.slice_came(*progress.slice(), entries);
}

const call_failure cut{.smaller = true, .reason = "cut", .now = noon};

/// The slice is halved down to one QID, which fails until it is suspected.
void fail_down(kb_progress& progress)
{
    while (progress.slice_failed(cut) != what_next::suspect)
        ;
}

}  // namespace

TEST_CASE("kb progress: a first pull takes the list of ids, then its slices, and the last one has no end")
{
    auto progress = begun();
    CHECK(progress.wants_list());
    CHECK(slice_of(progress) == "none");
    progress.list_came({101, 2200, 4800}, 5000);
    CHECK_FALSE(progress.wants_list());
    CHECK(slice_of(progress) == "1-2199");  // what is in front of the list costs nothing
    come(progress);
    CHECK(slice_of(progress) == "2200-4799");
    come(progress);
    CHECK(slice_of(progress) == "4800-");
    CHECK_FALSE(progress.mark().has_value());
    come(progress);
    CHECK(slice_of(progress) == "none");
    CHECK(progress.mark() == noon - std::chrono::seconds(60));
    CHECK_FALSE(progress.modified_after().has_value());
}

TEST_CASE("kb progress: a list that is empty or wrong loses nothing")
{
    auto progress = begun();
    progress.list_came({}, 0);
    CHECK(slice_of(progress) == "1-");
    auto odd = begun();
    odd.list_came({50, 20, 70}, 90);
    CHECK(slice_of(odd) == "1-19");
    come(odd);
    CHECK(slice_of(odd) == "20-69");
    come(odd);
    CHECK(slice_of(odd) == "70-");
}

TEST_CASE("kb progress: without a list the numbers are walked, until twenty empty slices behind the last known QID")
{
    auto progress = begun();
    progress.list_refused();
    CHECK(slice_of(progress) == "1-50000");
    come(progress, 0);
    CHECK(slice_of(progress) == "50001-100000");
    progress.took(99'000);
    come(progress, 7);
    for (int empty = 0; empty < 20; ++empty)
    {
        CAPTURE(empty);
        REQUIRE(progress.slice().has_value());
        come(progress, 0);
    }
    CHECK(slice_of(progress) == "none");
    CHECK(progress.mark().has_value());
}

TEST_CASE("kb progress: after that an update asks for what was modified since the mark, less the overlap")
{
    auto progress = begun();
    progress.list_came({1}, 1);
    come(progress);
    progress.begin_cycle(noon + std::chrono::hours(24), std::nullopt);
    CHECK_FALSE(progress.wants_list());
    CHECK(slice_of(progress) == "1-");
    CHECK(progress.modified_after() == at("2026-11-21T11:59:00Z"));
    CHECK(progress.modified_before() == at("2026-11-23T11:59:00Z"));
    come(progress);
    CHECK(progress.mark() == at("2026-11-23T11:59:00Z"));
}

TEST_CASE("kb progress: a configured start is where the first window begins")
{
    auto options = usual();
    options.start_time = at("2026-01-01T00:00:00Z");
    auto progress = begun(options);
    CHECK_FALSE(progress.wants_list());
    CHECK(slice_of(progress) == "1-");
    CHECK(progress.modified_after() == options.start_time);
}

TEST_CASE("kb progress: a window ends by Qualys' clock when ours is ahead, and a mark in the future moves back")
{
    auto progress = begun();
    progress.vouch(noon - std::chrono::hours(100));
    progress.list_came({1}, 1);
    come(progress);
    CHECK(progress.mark() == noon - std::chrono::hours(100) - std::chrono::seconds(60));

    auto ahead = begun();
    ahead.list_came({1}, 1);
    come(ahead);
    ahead.begin_cycle(noon - std::chrono::hours(100), std::nullopt);
    CHECK(*ahead.modified_after() < noon - std::chrono::hours(100));
    CHECK(*ahead.modified_before() < noon - std::chrono::hours(100));
}

TEST_CASE("kb progress: a slice that is cut goes on behind its last entry, but never behind its own end")
{
    auto progress = begun();
    progress.list_came({1, 100}, 150);
    progress.took(40);
    CHECK(slice_of(progress) == "40-99");
    progress.took(30);  // an earlier one again
    CHECK(slice_of(progress) == "40-99");
    progress.took(100);
    CHECK(slice_of(progress) == "99-99");
}

TEST_CASE("kb progress: a slice that does not come is halved down to one QID, which is then a suspect")
{
    auto progress = begun();
    progress.list_came({1, 100}, 150);
    CHECK(progress.slice_failed(cut) == what_next::smaller);
    CHECK(slice_of(progress) == "1-50");
    fail_down(progress);
    CHECK(slice_of(progress) == "1-1");
    CHECK(progress.leave_out(cut) == what_next::left_out);
    CHECK(progress.in_quarantine().size() == 1);
    CHECK(slice_of(progress) == "2-2");
    come(progress);
    CHECK(slice_of(progress) == "3-4");
    while (progress.slice())
        come(progress);
    CHECK(progress.mark().has_value());
    CHECK_FALSE(progress.probe().has_value());  // it was tried in this cycle
}

TEST_CASE("kb progress: a slice without an end is halved too")
{
    auto progress = begun();
    progress.list_came({7000}, 7000);
    int halves = 0;
    while (progress.slice_failed(cut) == what_next::smaller)
        ++halves;
    CHECK(halves <= 25);
    const auto slice = progress.slice();
    CHECK(slice->first == slice->last);
}

TEST_CASE("kb progress: one in quarantine is stepped around, and each later cycle tries it alone")
{
    auto progress = begun();
    progress.list_came({1}, 9);
    fail_down(progress);
    CHECK(progress.leave_out(cut) == what_next::left_out);
    while (progress.slice())
        come(progress);
    progress.pull_again();
    progress.begin_cycle(noon, std::nullopt);
    progress.list_came({1, 5}, 9);
    CHECK(slice_of(progress) == "2-4");
    CHECK(progress.probe() == 1);
    progress.probed(1, false);
    CHECK_FALSE(progress.probe().has_value());
    progress.begin_cycle(noon, std::nullopt);
    CHECK(progress.probe() == 1);
    progress.probed(1, true);
    CHECK(progress.in_quarantine().empty());
}

TEST_CASE("kb progress: more than five in a row are the endpoint's fault, and come out again")
{
    auto progress = begun();
    progress.list_came({1}, 9);
    for (int left_out = 0; left_out < 5; ++left_out)
    {
        fail_down(progress);
        CHECK(progress.leave_out(cut) == what_next::left_out);
    }
    fail_down(progress);
    CHECK(progress.leave_out(cut) == what_next::again);
    CHECK(progress.in_quarantine().empty());
    CHECK(progress.slice()->first == 1);
}

TEST_CASE("kb progress: what would not be helped by less is asked again as it is")
{
    auto progress = begun();
    progress.list_came({1}, 9);
    CHECK(progress.slice_failed({.elsewhere = true}) == what_next::again);
    CHECK(progress.slice_failed({.lasting = true}) == what_next::give_up);
    CHECK(slice_of(progress) == "1-");
}

TEST_CASE("kb progress: a state takes up the window where it was, and a list gives its slices again")
{
    auto progress = begun();
    progress.set_members(5);
    progress.list_came({1, 100, 200}, 300);
    come(progress);
    progress.took(120);
    kb_progress again(usual());
    REQUIRE(again.restore(progress.state(17)));
    CHECK(again.restored_index() == 17);
    CHECK(again.members() == 5);
    again.begin_cycle(noon + std::chrono::hours(1), std::nullopt);
    CHECK(again.wants_list());
    CHECK(again.next() == 120);
    again.list_came({120, 200}, 300);
    CHECK(slice_of(again) == "120-199");
    come(again);
    come(again);
    CHECK(again.mark() == noon - std::chrono::seconds(60));  // as of when the window was opened
}

TEST_CASE("kb progress: a state with another start begins again, and nonsense is refused")
{
    const auto state = begun().state(1);
    auto options = usual();
    options.start_time = at("2026-01-01T00:00:00Z");
    kb_progress other(options);
    CHECK(other.restore(state));
    CHECK_FALSE(other.restored_index().has_value());
    CHECK_FALSE(other.restore("[]"));
    CHECK_FALSE(other.restore("{}"));
    CHECK_FALSE(
        other.restore(R"({"start_time_utc":"","mark":"yesterday","from":"","until":"","next_qid":1,"quarantine":[]})")
    );
    CHECK_FALSE(other.restore(
        R"({"start_time_utc":"","mark":"","from":"","until":"","open":true,"next_qid":1,"quarantine":[]})"
    ));
}
