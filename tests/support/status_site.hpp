#pragma once

#include "flow/task_group.hpp"
#include "status/server.hpp"
#include "support/recording_log.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <string>

namespace qdc::test
{

/// A status server at work. The limits of time are far away unless a test asks for them, and floods are not slowed down.
struct status_site
{
    status_site(boost::asio::io_context& io, status::server_options options);

    static status::server_options patient();

    boost::asio::awaitable<void> stop();

    recording_log log;
    status::server server;
    task_group work;
};

/// One client of it.
struct status_visitor
{
    boost::asio::ip::tcp::socket socket;

    status_visitor(const status_site& of, boost::asio::io_context& io);

    boost::asio::awaitable<void> send(std::string bytes);

    /// Everything up to the end of the connection.
    boost::asio::awaitable<std::string> rest();

    /// The next answer, and not more.
    boost::asio::awaitable<std::string> answer();

    /// True when the server has ended the connection and all its answers are read.
    boost::asio::awaitable<bool> is_over();
};

/// A GET request; `more` are lines of its head.
std::string get(const std::string& path, const std::string& more = "");

/// For `more`: no other request follows.
inline const std::string last = "Connection: close\r\n";

/// Sends one request on a connection of its own; the answer up to the connection's end.
boost::asio::awaitable<std::string> ask(const status_site& of, boost::asio::io_context& io, std::string request);

/// Runs `body` with a server; when it is over, everything ends.
void with_server(
    status::server_options options, boost::asio::awaitable<void> (*body)(status_site& at, boost::asio::io_context& io)
);

}  // namespace qdc::test
