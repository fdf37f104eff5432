#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>

#include <doctest/doctest.h>

#include <sys/socket.h>

namespace qdc::test
{

/// A listener whose queue is full: the kernel leaves further connections without an answer.
struct deaf_listener
{
    using tcp = boost::asio::ip::tcp;

    deaf_listener(boost::asio::io_context& io, const tcp::endpoint& at) : listener(io), filler(io), overflow(io)
    {
        listener.open(at.protocol());
        listener.set_option(tcp::acceptor::reuse_address(true));
        if (at.protocol() == tcp::v6())
            listener.set_option(boost::asio::ip::v6_only(true));
        listener.bind(at);
        listener.listen(0);
        filler.connect(listener.local_endpoint());
        overflow.open(at.protocol());
        // Not through Asio, which would wait for the outcome.
        overflow.native_non_blocking(true);
        const auto to = listener.local_endpoint();
        CHECK(::connect(overflow.native_handle(), to.data(), static_cast<socklen_t>(to.size())) != 0);
    }

    tcp::acceptor listener;
    tcp::socket filler;
    tcp::socket overflow;
};

}  // namespace qdc::test
