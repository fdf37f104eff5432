#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <string>

namespace qdc::test
{

/// A port of loopback where every connection is refused: it is held, so that nobody else gets it, and nobody listens. A
/// listener of this process may take it meanwhile.
class refusing_port
{
public:
    using tcp = boost::asio::ip::tcp;

    explicit refusing_port(boost::asio::io_context& io) : held_(io, tcp::v4())
    {
        held_.set_option(tcp::socket::reuse_address(true));
        held_.bind({boost::asio::ip::address_v4::loopback(), 0});
    }

    tcp::endpoint endpoint() const { return held_.local_endpoint(); }

    std::string text() const { return std::to_string(endpoint().port()); }

private:
    tcp::socket held_;
};

}  // namespace qdc::test
