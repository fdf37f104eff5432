#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

namespace qdc
{

using boost::system::error_code;

template <class T>
using result = boost::system::result<T>;

/// Failures that this program names itself. Everything else keeps its library's own code
/// (OpenSSL, Beast, errno), so that no detail is lost on the way to the log.
enum class errc
{
    xml_malformed = 1,    ///< the answer is not well-formed XML
    xml_entity,           ///< the answer declares or uses an entity of its own
    xml_too_large,        ///< one token is larger than the parser may hold
    record_too_large,     ///< one host or detection is larger than the limit of an event
    root_not_closed,      ///< the answer ended before its root element was closed
    unexpected_root,      ///< the answer is a document of another kind
    not_a_document,       ///< the answer is HTML or text where a document was due
    refused,              ///< the source answered with an error of its own; see qualys::refusal
    cursor_stands_still,  ///< the next page begins where this one did
    gzip_damaged,         ///< a compressed body could not be unpacked
    body_cut,             ///< the connection ended before the body did
    unconfirmed,          ///< the peer closed, but the kernel still holds bytes it never took
    never_closed,         ///< the peer did not answer the orderly close in time
    state_damaged,        ///< no generation of a state file could be read
    csv_malformed,        ///< the answer breaks the rules of CSV
    json_malformed,       ///< the answer is not well-formed JSON
    host_unknown,         ///< a host cannot be fetched, and it could not be found out which one it is
    xml_too_deep,         ///< elements are nested deeper than anybody nests them
};

/// The category of errc.
const boost::system::error_category& collector_category() noexcept;

/// Lets an errc be used wherever an error_code is wanted.
inline error_code make_error_code(errc e) noexcept
{
    return {static_cast<int>(e), collector_category()};
}

}  // namespace qdc

template <>
struct boost::system::is_error_code_enum<qdc::errc> : std::true_type
{
};
