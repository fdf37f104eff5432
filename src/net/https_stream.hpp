#pragma once

#include "net/connection.hpp"
#include "ports/http_stream.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace qdc::net
{

struct https_options
{
    peer to;
    std::optional<proxy> via;
    std::shared_ptr<tls_context> tls;
    std::chrono::seconds connect_timeout{30};
    std::chrono::seconds first_byte_timeout{600};  ///< until the header is there: Qualys may think for minutes
    std::chrono::seconds idle_timeout{120};        ///< between bytes of the body; there is no total limit
    std::chrono::seconds keep_alive{60};           ///< how long a connection may be idle; less if the server says less
    std::string user_agent;
    bool accept_gzip{true};
};

/// HTTP/1.1 over TLS to one host. A connection whose answer was read to its end serves the next exchange too; one
/// that has been idle too long is closed by the next open(). When it turns out to be dead before anything of an answer
/// came, the request goes out once more, on a fresh one. Redirects are answers like any other.
std::unique_ptr<http_stream> make_https_stream(https_options options);

}  // namespace qdc::net
