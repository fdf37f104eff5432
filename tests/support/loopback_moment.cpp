#include "support/loopback_moment.hpp"

namespace qdc::test
{

namespace asio = boost::asio;

asio::awaitable<void> accept_once(loopback_server& server)
{
    [[maybe_unused]] const auto end = co_await server.accept();
}

asio::awaitable<void> accept_into(loopback_server& server, std::unique_ptr<loopback_end>& into)
{
    into = co_await server.accept();
}

}  // namespace qdc::test
