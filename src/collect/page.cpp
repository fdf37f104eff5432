#include "collect/page.hpp"

#include "collect/body.hpp"
#include "collect/short_answer.hpp"
#include "decode/excerpt.hpp"
#include "qualys/answer_document.hpp"

#include <boost/asio/error.hpp>

#include <chrono>
#include <optional>
#include <utility>

// How a page's events, tickets and notes take turns. The outbox gives each batch a ticket (7, 8); the checkpoint keeps
// a note (a state and its ticket) until that ticket is confirmed.
//
//   read_page()               exchange             outbox               checkpoint::follow()
//   read a piece, feed ─────▶ events gather
//   push(events) ────────────────────────────────▶ queued as ticket 7
//   taken() ────────────────▶ cursor moves
//   note(7, state A) ────────────────────────────────────────────────▶ waits for 7
//   read a piece, feed ─────▶ events gather        sent
//   push(events) ────────────────────────────────▶ queued as ticket 8
//   taken() ────────────────▶ cursor moves
//   note(8, state B) ────────────────────────────────────────────────▶ waits for 7, then 8
//                                                  confirmed() = 8 ──▶ saves B only: A is older than it
//   end of the body: done()
namespace qdc::collect
{

namespace asio = boost::asio;
using decode::progress;

namespace
{

// At a source that is slower than this process a record of TLS is rarely complete, so there always seems to be more.
constexpr auto longest_gathering = std::chrono::milliseconds(2);

// Comments keep a connection alive for as long as the source likes. One record took half a minute.
constexpr auto longest_without_record = std::chrono::minutes(10);

/// Notices when an answer goes on and gets no further.
class record_watch
{
public:
    explicit record_watch(time_source& time) : time_(time), moved_(time.now()) {}

    bool stands_still(const services::answer_reader& reader)
    {
        const auto now = time_.now();
        const auto records = reader.records();
        // Bytes do not count, only complete records do.
        if (records != seen_)
            moved_ = now;
        seen_ = records;
        // A reader that does not count its records cannot stand still.
        return records && now - moved_ > longest_without_record;
    }

private:
    time_source& time_;
    time_source::time_point moved_;
    std::optional<std::uint64_t> seen_;
};

/// What one call works with.
struct page_parts
{
    const services::service& service;
    services::exchange& exchange;
    sink& out;
    checkpoint& saved;
    time_source& time;
};

/// Hands over what is ready; false: nothing was.
asio::awaitable<bool> push_ready(page_parts with, page_outcome& page)
{
    auto& writer = with.exchange.events();
    // A table may grow without events too; then nothing else would have it saved.
    if (with.saved.table_is_full())
        with.saved.note(with.out.pushed(), {with.service.state(), 0, with.service.watermark()});
    // Silent: no event is ready, but the service may still have moved on (what it read brought nothing to send).
    const bool silent = writer.ready_events() == 0;
    if (silent && !with.exchange.wants_taking())
        co_return false;
    // What the service remembers grows with each batch too, so here is a second place where a slow output or disk slows
    // the reading.
    co_await with.saved.table_space();
    // No batch goes out, so the state belongs to the last ticket that was given.
    if (silent)
    {
        with.exchange.taken();
        with.saved.note(with.out.pushed(), {with.service.state(), 0, with.service.watermark()});
        co_return false;
    }
    // The finished frames move into a batch; the writer gets used memory back instead of allocating again.
    batch ready;
    ready.events = writer.ready_events();
    ready.frames = writer.take();
    if (writer.wants_room())
        writer.lend(with.out.room());
    ready.resent = &with.saved.resent();
    // `ready` is moved away below.
    const auto events = ready.events;
    page.events += events;
    // Waits here while the outbox is full. Nothing is read from Qualys meanwhile.
    const auto at = co_await with.out.push(std::move(ready));
    // Only what is in the outbox may count in the state. Nothing comes between the push and the note, so the notes of
    // several lanes stand in the order of their tickets.
    with.exchange.taken();
    with.saved.note(at, {with.service.state(), events, with.service.watermark()});
    co_return true;
}

/// What the user needs to know about an answer that could not be read. `masked`: obfuscation may have to hide what stands
/// in it, so it is not quoted: place and length only.
std::string detail_of(const error_code& failure, const services::answer_reader& reader, const body& body, bool masked)
{
    // A refusal is described by its code and text.
    if (failure == errc::refused)
        return {};
    const auto shown = masked ? std::to_string(body.received()) + " bytes of it came" : body.beginning();
    // The parser's fault would be of no use: what it is shows best in its first words.
    if (failure == errc::not_a_document)
        return shown;
    if (failure == errc::unexpected_root)
        return reader.fault() + ", " + shown;
    return masked ? reader.fault() : reader.fault() + decode::near(reader.excerpt());
}

/// Qualys' clock limits the time up to which an answer can be complete, so the exchange has to know it first.
void note_date(page_parts with, page_outcome& page, std::optional<utc_time> date)
{
    if (!date || page.date)
        return;
    page.date = date;
    page.date_came = with.time.now();
    with.exchange.dated(*date);
}

/// Where no header said it, the answer's own DATETIME does. One that is further away than clocks go wrong belongs to an answer
/// that somebody kept.
void note_own_date(page_parts with, page_outcome& page, std::optional<utc_time> date)
{
    constexpr auto believable = std::chrono::days(7);
    if (date && !page.date && std::chrono::abs(*date - with.time.utc_now()) < believable)
        note_date(with, page, date);
}

asio::awaitable<void> read_answer(body& body, const http_head& head, page_parts with, page_outcome& page)
{
    auto& reader = with.exchange.reader();
    auto& writer = with.exchange.events();
    if (writer.wants_room())
        writer.lend(with.out.room());
    std::optional<time_source::time_point> pushed;  // the first event does not wait at all
    record_watch watch(with.time);
    // One turn for each piece of the body, until its end or a failure.
    for (bool end = false; !end && !page.failure;)
    {
        const auto piece = co_await body.next();
        if (!piece)
        {
            // The transport failed. What is complete so far is handed over: the next try begins behind it.
            co_await push_ready(with, page);
            page.failure = piece.error();
            page.stage = body.stage();
            break;
        }
        end = piece->empty();
        // Events carry the time at which their bytes came.
        writer.at(with.time.utc_now());
        auto rest = *piece;
        // One piece may hold more events than a batch: the parser pauses, the batch goes out, the parser goes on.
        for (bool paused = true; paused && !page.failure;)
        {
            const auto parsed = end ? reader.finish() : reader.feed(rest);
            // A fault in the document ends the page, but not before the events in front of it are handed over below.
            page.failure = parsed ? error_code() : parsed.error();
            paused = parsed && *parsed == progress::paused;
            note_own_date(with, page, reader.dated());
            // Large batches cost less to send; but nothing waits for what the source has not sent yet, but for the rest
            // of a record of TLS.
            const bool may_gather = !end && !paused && !page.failure && body.has_more();
            if (may_gather && pushed && with.time.now() - *pushed < longest_gathering)
                break;
            const bool any = co_await push_ready(with, page);
            if (any)
                pushed = with.time.now();
        }
        // Why it cannot be read is put into words while parser and body still know.
        if (page.failure)
            page.detail = detail_of(page.failure, reader, body, writer.is_filtered());
        // Bytes come and no record does: that counts as a time-out.
        else if (!end && watch.stands_still(reader))
        {
            page.failure = asio::error::timed_out;
            page.stage = body.stage();
        }
    }
    writer.lend({});  // between two attempts it needs no memory
    // A document under HTTP 200 may be an error too; then its code and text are here.
    page.refusal = completed(reader.refused(), head, body, with.time.utc_now());
    if (writer.is_filtered())
        page.refusal.beginning.clear();
    // Only the exchange can tell whether an answer that was read well is also one that leads on.
    if (!page.failure)
        page.failure = with.exchange.done();
}

}  // namespace

asio::awaitable<page_outcome> read_page(
    http_stream& source,
    const services::service& service,
    services::exchange& exchange,
    sink& out,
    checkpoint& saved,
    time_source& time,
    http_request request,
    const std::function<void(const qualys::limits&)>& received
)
{
    page_outcome page;
    page.attempt = "asking";
    // Connects if needed, sends the request and waits for the header of the answer.
    const auto head = co_await source.open(std::move(request));
    if (!head)
    {
        page.failure = head.error();
        page.stage = source.stage();
        source.close();
        co_return page;
    }

    page.attempt = "reading the answer";
    page.status = head->status;
    const page_parts with{service, exchange, out, saved, time};
    note_date(with, page, parse_http_date(head->field("date")));
    // The limits are reported now: an answer can take hours, and other lanes decide by them meanwhile.
    page.limits = qualys::read_limits(head->fields);
    if (received)
        received(page.limits);
    body content(source, *head);
    if (head->status == 200)
        co_await read_answer(content, *head, with, page);
    else
    {
        // Any other status is a refusal: only an error document, or the beginning of a gateway's page, is of interest.
        qualys::answer_document document({});
        [[maybe_unused]] const auto cut = co_await read_short_answer(content, document);
        page.refusal = completed(document.refused(), *head, content, time.utc_now());
        page.failure = errc::refused;
    }
    page.bytes = content.received();
    if (page.failure)
        source.close();  // whatever is left of this exchange is of no use
    co_return page;
}

}  // namespace qdc::collect
