#pragma once

#include "collect/page.hpp"
#include "ports/http_stream.hpp"
#include "ports/time_source.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace qdc::collect
{

/// What the light call said.
struct light_outcome
{
    page_outcome page;        ///< failure: nothing when the login is good
    std::string web_version;  ///< of the platform: WEB-VERSION
    std::string date;         ///< the answer's Date header; may be empty
};

/// Asks /msp/about.php, the smallest answer there is: it proves the login and nothing else. (User guide, "About".)
boost::asio::awaitable<light_outcome>
make_light_call(http_stream& source, secret authorization, const time_source& time);

/// The outcome says that the credentials are refused, whatever the HTTP status, or that this account may not make the
/// call.
bool is_refused_login(const page_outcome& page);

}  // namespace qdc::collect
