#pragma once

#include "base/error.hpp"
#include "collect/checkpoint.hpp"
#include "ports/http_stream.hpp"
#include "ports/sink.hpp"
#include "ports/time_source.hpp"
#include "qualys/limits.hpp"
#include "qualys/refusal.hpp"
#include "services/service.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace qdc::collect
{

/// How one call went.
struct page_outcome
{
    error_code failure;                      ///< nothing: the answer was read to its end
    call_stage stage{call_stage::document};  ///< how far it came
    std::string attempt;                     ///< what was being done: "connecting", "reading the answer" …
    std::string detail;       ///< where and why, and the first bytes of an answer that is no document; may be empty
    qualys::refusal refusal;  ///< with errc::refused
    std::uint64_t events{0};  ///< handed out
    std::uint64_t bytes{0};   ///< of the body, as they came over the wire
    std::optional<utc_time> date;         ///< the answer's own, by Qualys' clock: header or DATETIME
    time_source::time_point date_came{};  ///< when that was read
    unsigned status{0};                   ///< HTTP; 0: no answer came
    qualys::limits limits;                ///< that its headers report
};

/// Makes one call and hands its events to `out` while it reads: nothing ever holds a page.
///
/// Memory in flight: one chunk of the body, one unfinished record, and the events at which the parser pauses. While the
/// sink is full nothing is read, so the source is slowed down by TCP. After each batch `saved` notes how far the
/// service is, so a confirmation in the middle of a page lets the checkpoint move.
///
/// The service's state is noted only together with what was taken: beside an exchange whose events are still on their
/// way into the outbox others may push theirs. After a failure it is the caller who says so to the exchange.
///
/// `received` is called when the header is there; it outlives the call.
boost::asio::awaitable<page_outcome> read_page(
    http_stream& source,
    const services::service& service,
    services::exchange& exchange,
    sink& out,
    checkpoint& saved,
    time_source& time,
    http_request request,
    const std::function<void(const qualys::limits&)>& received = {}
);

}  // namespace qdc::collect
