#include "services/scan_list.hpp"

#include "base/text.hpp"
#include "qualys/endpoint.hpp"

#include <algorithm>
#include <array>
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

// Of all scans together: years of a large subscription.
constexpr std::size_t list_limit = 32u << 20;

// The states that are documented, in the spelling that is. (User guide, VM scan list.)
constexpr std::array<std::string_view, 7> states{
    "Running", "Paused", "Canceled", "Finished", "Error", "Queued", "Loading"};

}  // namespace

void scan_list_document::open(std::string_view name, const char* const*, std::size_t depth)
{
    value_.clear();
    // A new SCAN begins: nothing of the one before may show through.
    if (depth == scan_depth && name == "SCAN")
    {
        in_scan_ = true;
        scan_ = {};
        misplaced_ = false;
    }
}

void scan_list_document::text(std::string_view piece)
{
    // Text comes in pieces, so they are put together up to the limit.
    if (in_scan_ && value_.size() < value_limit)
        value_ += piece.substr(0, value_limit - value_.size());
}

void scan_list_document::close(std::string_view name, std::size_t depth)
{
    if (!in_scan_)
        return;
    // Only the members that decide what is fetched are kept; any other element just ends here.
    const auto value = trimmed(value_);
    if (depth == member_depth && name == "REF")
        scan_.reference = value;
    else if (depth == member_depth && name == "LAUNCH_DATETIME")
        scan_.launched = parse_peer_utc(value);
    else if ((depth == status_depth || depth == member_depth) && name == "STATE")
    {
        scan_.state = value;
        misplaced_ = depth == member_depth;
    }
    else if (depth == status_depth && name == "SUB_STATE")
        scan_.sub_state = value;
    value_.clear();
    if (depth != scan_depth)
        return;
    // SCAN itself has ended. Without a reference nothing could be fetched.
    in_scan_ = false;
    if (!scan_.reference.empty())
        end_scan();
}

void scan_list_document::end_scan()
{
    // `finished` and `FINISHED` become `Finished`, so that everything else can compare.
    const auto known =
        std::ranges::find_if(states, [this](std::string_view state) { return same_letters(state, scan_.state); });
    if (known != states.end())
        scan_.state = *known;
    else if (scan_.state.empty())
        note("scans without a STATE, which are not fetched");
    else
        note("scans in a STATE that is not documented, which are not fetched: " + scan_.state.substr(0, 50));
    if (misplaced_)
        note("scans whose STATE stands outside of STATUS");
    // All scans of the list are held at once, so they are counted.
    bytes_ += sizeof scan_ + scan_.reference.size() + scan_.state.size() + scan_.sub_state.size();
    if (bytes_ > list_limit)
        throw boost::system::system_error(errc::record_too_large);
    scans_.push_back(std::move(scan_));
}

void scan_list_document::note(std::string words)
{
    constexpr std::size_t enough = 10;
    words = "the list has " + words;
    if (oddities_.size() < enough && std::ranges::find(oddities_, words) == oddities_.end())
        oddities_.push_back(std::move(words));
}

std::string scan_list_answer::next_url() const
{
    const auto& warning = document_.last_warning();
    return warning && warning->has_cursor() ? warning->url : std::string();
}

bool scan_list_answer::is_cut() const
{
    const auto& warning = document_.last_warning();
    return warning && warning->is_of_cut_answer() && warning->url.empty();
}

std::vector<std::string> scan_list_answer::notices() const
{
    auto all = document_.notices();
    all.insert(all.end(), document_.oddities().begin(), document_.oddities().end());
    return all;
}

result<decode::progress> scan_list_answer::finish()
{
    return document_.ended(named(parser_.finish()));
}

/// Markup that only looks like XML for a while is no broken answer but none at all.
result<decode::progress> scan_list_answer::named(result<decode::progress> parsed) const
{
    if (parsed.has_error() && parsed.error() == errc::xml_malformed && !parser_.fault().encoding &&
        document_.outcome() == errc::unexpected_root)
        return error_code(errc::not_a_document);
    return parsed;
}

}  // namespace qdc::services
