#include "services/host_memory.hpp"

#include <doctest/doctest.h>

using namespace qdc;
using namespace std::chrono_literals;

namespace
{

const utc_time edge = *parse_utc("2024-01-10T12:00:00Z");

/// What is left of `hosts` after the window, of those from `first` on.
std::size_t known(const services::host_memory& memory, std::uint64_t first, std::uint64_t hosts)
{
    std::size_t found = 0;
    for (auto id = first; id < first + hosts; ++id)
        found += memory.known(id) == id * 7 ? 1U : 0U;
    return found;
}

}  // namespace

TEST_CASE("host memory: ids in any order and prints of any size come back from the text")
{
    constexpr auto most = ~std::uint64_t{0};
    services::host_memory memory, again;
    memory.turn(edge, false);
    const std::pair<std::uint64_t, std::uint64_t> hosts[] = {
        {31, 0x9a3c5e}, {32, 0x77b01d}, {1, most}, {most, 1}, {most / 2, 0}, {5, most / 2 + 1}};
    for (const auto& [id, print] : hosts)
        memory.note(id, print, edge);
    CHECK(memory.gathered_text().starts_with("-BexjmAAAAAAACdA7dAAAAAAA"));
    REQUIRE(again.restore({}, memory.gathered_text(), edge, false));
    CHECK(again.gathered_text() == memory.gathered_text());
    again.turn(edge, false);
    for (const auto& [id, print] : hosts)
        CHECK(again.known(id) == print);
    CHECK_FALSE(again.known(6));
}

TEST_CASE("host memory: text that is none of it changes nothing")
{
    services::host_memory memory;
    memory.turn(edge, false);
    memory.note(1, 7, edge);
    const auto text = memory.gathered_text();
    for (const char* const bad : {"C", "CAAAAAAAAAA", "C\"AAAAAAAAAA", "------------------------", "1:", "1:2,3", ":"})
    {
        CAPTURE(bad);
        CHECK_FALSE(memory.restore(bad, {}, edge, false));
        CHECK_FALSE(memory.restore({}, bad, edge, false));
    }
    CHECK(memory.gathered_text() == text);
}

TEST_CASE("host memory: of a long window every host of the overlap is kept, and of the others the newest")
{
    services::host_memory memory;
    memory.turn(edge, false);
    // 30,000 of each kind: within the overlap, in front of it with the newest first, without a date.
    for (std::uint64_t id = 1; id <= 30'000; ++id)
    {
        memory.note(id, id * 7, edge + 1s);
        memory.note(100'000 + id, (100'000 + id) * 7, edge - std::chrono::seconds(id));
        memory.note(200'000 + id, (200'000 + id) * 7, std::nullopt);
    }
    CHECK(memory.gathered_text().size() < 50'000 * 16);
    CHECK_FALSE(memory.is_overfull());
    memory.turn(edge + 1h, true);
    CHECK(memory.gathered_text().empty());
    CHECK(known(memory, 1, 30'000) == 30'000);
    CHECK(known(memory, 100'001, 200) == 200);
    CHECK(known(memory, 100'001, 30'000) <= 400);
    CHECK(known(memory, 229'801, 200) == 200);
    CHECK(known(memory, 200'001, 30'000) <= 400);
}

TEST_CASE("host memory: of a short window all hosts are kept, whatever their dates")
{
    services::host_memory memory;
    memory.turn(edge, true);
    for (std::uint64_t id = 1; id <= 20'000; ++id)
        memory.note(id, id * 7, id % 2 == 0 ? std::optional(edge - 3h) : std::nullopt);
    memory.turn(edge + 600s, true);
    CHECK(known(memory, 1, 20'000) == 20'000);
    CHECK_FALSE(memory.is_overfull());
}

TEST_CASE("host memory: what is too much is forgotten, and it says so")
{
    services::host_memory memory;
    memory.turn(edge, false);
    for (std::uint64_t id = 1; id <= 50'000; ++id)
        memory.note(id, id * 7, edge);
    CHECK_FALSE(memory.is_overfull());
    memory.note(50'001, 7, edge);
    CHECK(memory.is_overfull());
    memory.turn(edge + 600s, true);
    CHECK(known(memory, 1, 50'001) == 50'000);
}

TEST_CASE("host memory: of a host that came twice the later counts, and a window that reaches no further keeps all")
{
    services::host_memory memory;
    memory.turn(edge, false);
    memory.note(1, 2, edge);
    memory.note(1, 3, edge);
    memory.turn(edge, true, false);
    CHECK(memory.known(1) == 3);
    memory.forget_known();
    CHECK_FALSE(memory.known(1));
    memory.turn(edge, true);
    CHECK(memory.known(1) == 3);
}
