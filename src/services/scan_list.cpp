#include "services/scan_list.hpp"

#include "base/text.hpp"

#include <utility>

namespace qdc::services
{
namespace
{

// Depths below SCAN_LIST_OUTPUT / RESPONSE / SCAN_LIST.
constexpr std::size_t scan_depth = 4;
constexpr std::size_t member_depth = 5;
constexpr std::size_t status_depth = 6;

// No value that is used is longer; TARGET, which is not, can be very long.
constexpr std::size_t value_limit = 1000;

}  // namespace

void scan_list_document::open(std::string_view name, const char* const*, std::size_t depth)
{
    value_.clear();
    if (depth == scan_depth && name == "SCAN")
    {
        in_scan_ = true;
        scan_ = {};
    }
}

void scan_list_document::text(std::string_view piece)
{
    if (in_scan_ && value_.size() < value_limit)
        value_ += piece.substr(0, value_limit - value_.size());
}

void scan_list_document::close(std::string_view name, std::size_t depth)
{
    if (!in_scan_)
        return;
    const auto value = trimmed(value_);
    if (depth == member_depth && name == "REF")
        scan_.reference = value;
    else if (depth == member_depth && name == "LAUNCH_DATETIME")
        scan_.launched = parse_utc(value);
    else if (depth == status_depth && name == "STATE")
        scan_.state = value;
    else if (depth == status_depth && name == "SUB_STATE")
        scan_.sub_state = value;
    value_.clear();
    if (depth != scan_depth)
        return;
    in_scan_ = false;
    if (!scan_.reference.empty())
        scans_.push_back(std::move(scan_));
}

result<decode::progress> scan_list_answer::finish()
{
    const auto finished = named(parser_.finish());
    if (!finished)
        return finished;
    if (const auto failure = document_.outcome())
        return failure;
    return finished;
}

std::string scan_list_answer::fault() const
{
    const auto& where = parser_.fault();
    return where.what.empty() ? "its root is <" + document_.root() + '>' : where.text();
}

/// Markup that only looks like XML for a while is no broken answer but none at all.
result<decode::progress> scan_list_answer::named(result<decode::progress> parsed) const
{
    if (parsed.has_error() && parsed.error() == errc::xml_malformed && document_.outcome() == errc::unexpected_root)
        return error_code(errc::not_a_document);
    return parsed;
}

}  // namespace qdc::services
