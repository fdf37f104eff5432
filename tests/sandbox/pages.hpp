#pragma once

#include "sandbox/http_message.hpp"
#include "sandbox/view.hpp"
#include "sandbox/world.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace qdc::sandbox
{

/// A call that has passed all checks. The `world` outlives every page; it may change while a page is being sent, as
/// Qualys' data do.
struct page_request
{
    std::string path;
    parameter_map parameters;
    std::int64_t clock_offset = 0;  ///< DATETIME is so many seconds ahead

    // Faults that are in the document itself.
    bool repeat_cursor = false;   ///< the next page's id_min is this page's first host
    bool duplicate_host = false;  ///< a page that begins at id_min begins one host earlier
    bool entity = false;          ///< the DTD declares an entity
    bool junk = false;            ///< a line before the XML declaration
    bool unclosed = false;        ///< a host page ends without the end of its root
};

std::unique_ptr<body_source> detection_page(const world& in, page_request asked);
std::unique_ptr<body_source> host_page(const world& in, page_request asked);
std::unique_ptr<body_source> scan_list_page(const world& in, page_request asked);
std::unique_ptr<body_source> activity_page(const world& in, page_request asked);
std::unique_ptr<body_source> knowledge_page(const world& in, page_request asked);

/// Results of one scan as json_extended; nullptr when there is no such scan or its state has no results.
std::unique_ptr<body_source> scan_results(const world& in, page_request asked);

std::string about_document(const world& in);

/// `SIMPLE_RETURN` (Qualys API guide, simple_return.dtd); `item` may be empty.
std::string
simple_return(unsigned code, const std::string& text, const std::string& item = {}, std::uint64_t value = 0);

/// Declaration, DOCTYPE and what real answers put around them; `dtd` is the path of the DTD.
std::string document_head(const page_request& asked, std::string_view root, const std::string& dtd);

/// The comment after the root.
std::string_view document_tail();

/// The URL of a WARNING 1980: a host name that is not ours, the parameters of the call, one that nobody sent, and the
/// cursor (Qualys API guide, host list, "truncation").
std::string next_url(const world& in, const page_request& asked, const std::string& cursor, std::uint64_t value);

/// `truncation_limit`, 1000 when it is not given; 0 means no limit.
std::uint64_t page_limit(const parameter_map& parameters);

}  // namespace qdc::sandbox
