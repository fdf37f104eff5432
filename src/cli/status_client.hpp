#pragma once

#include "base/error.hpp"
#include "ports/time_source.hpp"
#include "settings/settings.hpp"

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace qdc::cli
{

/// Where a program on this machine reaches the status endpoint: "http://127.0.0.1:9688".
std::string status_url(const settings::status_endpoint& endpoint);

/// Reads "http://127.0.0.1:9688", with a `/` at the end or without; the scheme may be left out, the port is 9688 then
/// too. Nothing: the text is no such address.
std::optional<settings::status_endpoint> parse_status_url(std::string_view url);

/// Why nothing can be asked, whatever runs: it is switched off, or its port is the kernel's choice. Empty: it can.
std::string why_no_status(const settings::status_endpoint& endpoint);

/// What the status endpoint of a running instance answers to GET `path`; 16 MiB at most, within `limit` all in all.
/// Errors: those of connecting; asio::error::timed_out; errc::protocol_error (boost::system) for anything but a
/// complete HTTP/1.1 answer with status 200; errc::message_size.
boost::asio::awaitable<result<std::string>>
fetch_status(settings::status_endpoint endpoint, std::string path, time_source::duration limit, time_source& time);

}  // namespace qdc::cli
