#pragma once

#include "base/error.hpp"
#include "base/utc.hpp"
#include "collect/body.hpp"
#include "decode/xml_parser.hpp"
#include "ports/http_stream.hpp"
#include "qualys/refusal.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>
#include <string_view>

namespace qdc::collect
{

/// Reads an answer that is short, or of which the beginning says enough: a refusal, an error page, that of a light
/// call. `handler` gets at most the first 64 KiB, as far as they are XML; of anything else as much is read as
/// body::beginning() shows. What came of a cut body still says what it says; returned is why it broke off.
boost::asio::awaitable<error_code> read_short_answer(body& body, decode::xml_handler& handler);

/// Adds what the head says, and how the body begins, to what the body said. The header is right where the number in the
/// body is not: their published sample disagrees with its own text.
qualys::refusal completed(qualys::refusal refusal, const http_head& head, const body& body, utc_time now);

/// The host of an absolute URL, without login, port and path, which may hold secrets; empty: there is none.
std::string host_of(std::string_view url);

}  // namespace qdc::collect
