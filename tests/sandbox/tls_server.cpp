#include "sandbox/tls_server.hpp"

#include "sandbox/no_throw.hpp"
#include "sandbox/server_identity.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>

namespace qdc::sandbox
{
namespace
{

namespace asio = boost::asio;
using asio::ip::tcp;

}  // namespace

asio::ssl::context make_server_context(const server_identity& identity)
{
    asio::ssl::context context(asio::ssl::context::tls_server);
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    context.use_certificate_chain_file(identity.certificate);
    context.use_private_key_file(identity.key, asio::ssl::context::pem);
    if (!identity.client_ca.empty())
    {
        context.load_verify_file(identity.client_ca);
        context.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
        // Without it OpenSSL refuses to resume the sessions that it gives out.
        constexpr unsigned char id[] = {'d', 'e', 'v', 'o'};
        ::SSL_CTX_set_session_id_context(context.native_handle(), id, sizeof id);
    }
    return context;
}

tcp::acceptor listen(asio::io_context& io, const std::string& address, unsigned short port, int receive_buffer)
{
    const tcp::endpoint place(asio::ip::make_address(address), port);
    tcp::acceptor acceptor(io);
    acceptor.open(place.protocol());
    acceptor.set_option(tcp::acceptor::reuse_address(true));
    if (receive_buffer > 0)  // connections inherit it
        acceptor.set_option(asio::socket_base::receive_buffer_size(receive_buffer));
    acceptor.bind(place);
    acceptor.listen();
    return acceptor;
}

asio::awaitable<void> sleep_for(std::chrono::nanoseconds time)
{
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, std::chrono::duration_cast<std::chrono::steady_clock::duration>(time));
    co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<void> close_in_order(tls_stream& stream, std::chrono::milliseconds patience)
{
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor, patience);
    auto& socket = stream.lowest_layer();
    const auto here = std::make_shared<int>(0);  // a timer that has expired calls even when we are gone
    const auto give_up = [&socket, here = std::weak_ptr<int>(here)](boost::system::error_code stopped)
    {
        if (!stopped && !here.expired())
            socket.close(stopped);
    };
    timer.async_wait(give_up);
    co_await stream.async_shutdown(no_throw);
    timer.cancel();
    boost::system::error_code ignored;  // whatever went wrong, the connection is over
    socket.shutdown(tcp::socket::shutdown_send, ignored);
    socket.close(ignored);
}

asio::awaitable<void> close_unread(tls_stream& stream)
{
    stream.next_layer().stop_reading();
    co_await stream.async_shutdown(no_throw);  // sends close_notify and cannot wait for the peer's
    boost::system::error_code ignored;
    stream.lowest_layer().close(ignored);
}

void close_with_reset(tls_stream& stream)
{
    boost::system::error_code ignored;
    stream.lowest_layer().set_option(asio::socket_base::linger(true, 0), ignored);
    stream.lowest_layer().close(ignored);
}

void close_without_notice(tls_stream& stream)
{
    boost::system::error_code ignored;
    stream.lowest_layer().shutdown(tcp::socket::shutdown_send, ignored);
    stream.lowest_layer().close(ignored);
}

}  // namespace qdc::sandbox
