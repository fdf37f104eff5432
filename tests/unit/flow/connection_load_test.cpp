#include "flow/connection_load.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace qdc;
using namespace std::chrono_literals;

namespace
{

constexpr std::size_t largest = 8 << 20;

/// Confirms connections of a peer that takes so many bytes a second, each with its half of the load, but whole batches.
std::size_t settled_at(connection_load& load, double bytes_per_second, std::size_t batch, int times = 40)
{
    for (int i = 0; i < times; ++i)
    {
        const auto carried = std::max((load.bytes() / 2 + batch - 1) / batch, std::size_t{1}) * batch;
        // Two connections share the peer.
        const std::chrono::duration<double> took(2 * static_cast<double>(carried) / bytes_per_second);
        load.confirmed(carried, std::chrono::duration_cast<connection_load::duration>(took));
    }
    return load.bytes();
}

}  // namespace

TEST_CASE("connection load: begins small, and is at its largest after a few quick confirmations")
{
    connection_load load(largest);
    CHECK(load.bytes() == 64 * 1024);
    int confirmations = 0;
    for (; load.bytes() < largest && confirmations < 100; ++confirmations)
        load.confirmed(load.bytes() / 2, 10ms);
    CHECK(confirmations == 4);
}

TEST_CASE("connection load: follows what the peer takes in some seconds, whatever its speed")
{
    for (const double speed : {20e3, 100e3, 300e3, 1e6})
    {
        connection_load load(largest);
        const auto settled = static_cast<double>(settled_at(load, speed, 100 * 1000));
        CHECK(settled <= std::max(6 * speed, 64.0 * 1024));
        CHECK(settled >= std::min(speed, 64.0 * 1024));
    }
}

TEST_CASE("connection load: shrinks when the peer has become slower")
{
    connection_load load(largest);
    settled_at(load, 100e6, 100 * 1000);
    REQUIRE(load.bytes() == largest);
    settled_at(load, 300e3, 100 * 1000, 3);
    CHECK(load.bytes() < 2 << 20);
}

TEST_CASE("connection load: a few bytes that were confirmed say nothing about speed")
{
    connection_load load(largest);
    load.confirmed(largest, 1s);
    const auto before = load.bytes();
    load.confirmed(1000, 3s);
    load.confirmed(1000, 9s);
    CHECK(load.bytes() == before);
    CHECK(load.patience(1 << 20) < 1s);
}

TEST_CASE("connection load: begins anew after a peer that did not answer")
{
    connection_load load(largest);
    settled_at(load, 100e6, 100 * 1000);
    load.unanswered();
    CHECK(load.bytes() == connection_load::smallest);
}

TEST_CASE("connection load: patience is twice what the peer would take, within two minutes")
{
    connection_load load(largest);
    CHECK(load.patience(0) == 0s);
    CHECK(load.patience(100 * 1024) == 10s);  // nothing known: 20 KiB/s
    load.confirmed(100'000, 1s);
    CHECK(load.patience(1'000'000) == 20s);
    CHECK(load.patience(100'000'000) == 2min);
}

TEST_CASE("connection load: never above what the outbox holds, however small that is")
{
    connection_load load(10'000);
    CHECK(load.bytes() == 10'000);
    load.confirmed(10'000, 1ms);
    CHECK(load.bytes() == 10'000);
    load.confirmed(10'000, 1min);
    CHECK(load.bytes() == 10'000);
}
