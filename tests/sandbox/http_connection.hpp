#pragma once

#include "sandbox/http_message.hpp"
#include "sandbox/qualys_desk.hpp"
#include "sandbox/tls_server.hpp"

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>

namespace qdc::sandbox
{

/// Reads one request from a stream; `pending` keeps what was read beyond it. Nothing at the end of the stream or when
/// it is no HTTP.
boost::asio::awaitable<std::optional<http_request>> read_request(tls_stream& stream, std::string& pending);

/// How sending an answer ended.
enum class sent
{
    whole,
    closed,  ///< the connection is over: by a fault, or because the client is gone
};

/// Sends an answer and lets the faults that came with it happen. `bytes` grows by what was sent.
boost::asio::awaitable<sent>
send_answer(tls_stream& stream, desk_answer reply, bool lower_case_names, std::uint64_t& bytes);

}  // namespace qdc::sandbox
