#pragma once

#include "sandbox/view.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qdc::sandbox
{

/// One request. Header names are in lower case.
struct http_request
{
    std::string method;
    std::string path;  ///< without the query
    std::string query;
    std::map<std::string, std::string> headers;
    std::string body;
    bool keep_alive = true;

    /// A header's value, empty when it is absent.
    [[nodiscard]] std::string_view header(const std::string& name) const;
};

/// Reads a request head: request line and headers, up to and with the empty line. Nothing when it is malformed.
std::optional<http_request> parse_head(std::string_view head);

/// Adds the parameters of `application/x-www-form-urlencoded` text; a name given twice keeps its last value.
void add_form(parameter_map& into, std::string_view text);

/// Query and form body merged, as Qualys does.
parameter_map parameters_of(const http_request& request);

/// True when the request carries exactly this Basic login, in standard base64 of the UTF-8 `user:password`.
bool carries_login(const http_request& request, const std::string& user, const std::string& password);

/// Percent-encodes all but the unreserved characters of RFC 3986.
std::string url_encoded(std::string_view text);

enum class body_progress
{
    more,
    finished,
    stuck,  ///< nothing more will ever come
};

/// A body that is made while it is sent.
class body_source
{
public:
    virtual ~body_source() = default;

    /// Appends some bytes to `out`.
    virtual body_progress produce(std::string& out) = 0;
};

/// An answer before the transport has its say (gzip, faults).
struct http_answer
{
    unsigned status = 200;
    std::string content_type = "application/xml";
    std::vector<std::pair<std::string, std::string>> headers;
    std::string reason;                 ///< empty: what is usual for the status
    std::string text;                   ///< the body, when there is no source
    std::unique_ptr<body_source> body;  ///< sent in chunks
    bool close = false;                 ///< the connection ends after it
};

std::string_view reason_of(unsigned status);

}  // namespace qdc::sandbox
