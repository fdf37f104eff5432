#pragma once

#include "net/https_stream.hpp"
#include "support/loopback_server.hpp"
#include "support/loopback_site.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace qdc::test
{

/// What a server says: pieces, each in a record of its own, and then it closes or stays.
struct script
{
    std::vector<std::string> pieces;
    bool stays{false};
    std::string request;                    ///< what it was asked
    bool fin_only{false};                   ///< it closes without close_notify
    std::chrono::milliseconds suspends{0};  ///< behind its last piece the thread stands still: nobody looks
    std::chrono::milliseconds pause{0};     ///< between its pieces
};

/// Plays the part to the first client that comes.
inline boost::asio::awaitable<void> play(test::loopback_server& server, script& part)
{
    const auto end = co_await server.accept();
    while (part.request.find("\r\n\r\n") == std::string::npos)
    {
        const auto more = co_await end->read_some();
        part.request += more;
        if (more.empty())
            co_return;
    }
    const auto ex = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer timer(ex);
    for (const auto& piece : part.pieces)
    {
        co_await end->write(piece);
        timer.expires_after(part.pause);
        if (part.pause > std::chrono::milliseconds(0))
            co_await timer.async_wait(boost::asio::use_awaitable);
    }
    std::this_thread::sleep_for(part.suspends);
    if (part.stays) [[maybe_unused]]
        const auto rest = co_await end->read_to_end();
    if (part.fin_only)
        end->end_tcp();
    else
        end->close_in_order();
}

/// What came back of one exchange.
struct outcome
{
    error_code failure;
    http_head head;
    std::string body;
};

/// Makes the exchange, read in pieces of that size.
inline boost::asio::awaitable<void> fetch(http_stream& from, http_request request, std::size_t piece, outcome& got)
{
    auto head = co_await from.open(std::move(request));
    got.failure = head ? error_code() : head.error();
    if (got.failure)
        co_return;
    got.head = *head;
    std::string into(piece, '\0');
    for (;;)
    {
        const auto read = co_await from.read_some(into);
        got.failure = read ? error_code() : read.error();
        if (got.failure || *read == 0)
            co_return;
        got.body.append(into, 0, *read);
    }
}

inline net::https_options options_for(const test::loopback_site& site, const test::loopback_server& server)
{
    net::https_options options;
    options.to.host = "localhost";
    options.to.port = server.port();
    options.tls = site.client();
    options.user_agent = "collector/1";
    return options;
}

}  // namespace qdc::test
