#include "support/run.hpp"

#include <boost/asio/co_spawn.hpp>

#include <doctest/doctest.h>

#include <exception>

namespace qdc::test
{

void run(boost::asio::io_context& io, boost::asio::awaitable<void> body, std::chrono::seconds limit)
{
    bool done = false;
    std::exception_ptr failure;
    boost::asio::co_spawn(
        io,
        std::move(body),
        [&](std::exception_ptr p)
        {
            done = true;
            failure = p;
        }
    );
    io.restart();
    io.run_for(limit);
    REQUIRE_MESSAGE(done, "coroutine did not finish");
    if (failure)
        std::rethrow_exception(failure);
    CHECK_MESSAGE(io.stopped(), "work was left in the io_context");
}

}  // namespace qdc::test
