#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>

namespace qdc::test
{

/// Runs one coroutine to its end. Fails the test case when it throws, when it is not done within `limit` of real time,
/// or when work is left behind in the context.
void run(
    boost::asio::io_context& io, boost::asio::awaitable<void> body, std::chrono::seconds limit = std::chrono::seconds(5)
);

/// Lets the other coroutines of the context run, `times` rounds long. The default is enough for everything that can move
/// without time passing.
boost::asio::awaitable<void> turn(int times = 20);

}  // namespace qdc::test
