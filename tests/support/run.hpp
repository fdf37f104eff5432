#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>

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

/// Looks again every millisecond of real time until `condition` holds; false: it did not within `limit`. For what the
/// kernel does by itself. The callable must outlive the wait.
boost::asio::awaitable<bool>
until(const std::function<bool()>& condition, std::chrono::milliseconds limit = std::chrono::minutes(2));

}  // namespace qdc::test
