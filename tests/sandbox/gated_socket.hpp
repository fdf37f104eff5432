#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include <cstddef>
#include <utility>

namespace qdc::sandbox
{

/// A TCP socket that can stop reading. Asio's TLS reads as a part of its shutdown; a server that closes without
/// reading must leave the client's bytes in the kernel, so that closing answers them with a reset instead of
/// swallowing them.
class gated_socket
{
public:
    using executor_type = boost::asio::any_io_executor;
    using lowest_layer_type = boost::asio::ip::tcp::socket;

    explicit gated_socket(boost::asio::ip::tcp::socket socket) : socket_(std::move(socket)) {}

    executor_type get_executor() { return socket_.get_executor(); }

    lowest_layer_type& lowest_layer() { return socket_; }

    const lowest_layer_type& lowest_layer() const { return socket_; }

    /// From now on reading gives the end of the stream at once.
    void stop_reading() { stopped_ = true; }

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token)
    {
        const auto start = [this](auto handler, const Buffers& into)
        {
            // A read of nothing is how Asio's TLS posts a completion: it must not bring an end into it.
            if (!stopped_ || boost::asio::buffer_size(into) == 0)
                return socket_.async_read_some(into, std::move(handler));
            auto ended = [handler = std::move(handler)]() mutable
            { std::move(handler)(boost::system::error_code(boost::asio::error::eof), std::size_t{0}); };
            boost::asio::post(socket_.get_executor(), std::move(ended));
        };
        return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(start, token, buffers);
    }

    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token)
    {
        return socket_.async_write_some(buffers, std::forward<Token>(token));
    }

private:
    boost::asio::ip::tcp::socket socket_;
    bool stopped_ = false;
};

}  // namespace qdc::sandbox
