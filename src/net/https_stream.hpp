#pragma once

#include "net/connection.hpp"
#include "ports/http_stream.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace qdc::net
{

struct https_options
{
    peer to;
    std::shared_ptr<tls_context> tls;
    std::chrono::seconds connect_timeout{30};
    std::chrono::seconds first_byte_timeout{600};  ///< until the header is there: Qualys may think for minutes
    std::chrono::seconds idle_timeout{120};        ///< between bytes of the body; there is no total limit
    std::string user_agent;
    bool accept_gzip{true};
};

/// HTTP/1.1 over TLS to one host. Each exchange has its own connection.
std::unique_ptr<http_stream> make_https_stream(https_options options);

}  // namespace qdc::net
