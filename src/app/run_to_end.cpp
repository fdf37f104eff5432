#include "app/run_to_end.hpp"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <utility>

namespace qdc::app
{

namespace asio = boost::asio;

void run_to_end(asio::io_context& io, asio::awaitable<void> task)
{
    std::exception_ptr failure;
    asio::co_spawn(io, std::move(task), [&failure](std::exception_ptr thrown) { failure = std::move(thrown); });
    io.run();
    if (failure)
        std::rethrow_exception(failure);
}

}  // namespace qdc::app
