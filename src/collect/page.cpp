#include "collect/page.hpp"

#include "collect/body.hpp"
#include "collect/short_answer.hpp"
#include "qualys/answer_document.hpp"

#include <boost/asio/error.hpp>

#include <chrono>
#include <optional>
#include <utility>

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
        if (records != seen_)
            moved_ = now;
        seen_ = records;
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
    const bool silent = writer.ready_events() == 0;
    if (silent && !with.exchange.wants_taking())
        co_return false;
    co_await with.saved.table_space();
    if (silent)
    {
        with.exchange.taken();
        with.saved.note(with.out.pushed(), {with.service.state(), 0, with.service.watermark()});
        co_return false;
    }
    batch ready;
    ready.events = writer.ready_events();
    ready.frames = writer.take();
    if (writer.wants_room())
        writer.lend(with.out.room());
    ready.resent = &with.saved.resent();
    const auto events = ready.events;
    page.events += events;
    const auto at = co_await with.out.push(std::move(ready));
    // Only what is in the outbox may count in the state. Nothing comes between the push and the note, so the notes of
    // several lanes stand in the order of their tickets.
    with.exchange.taken();
    with.saved.note(at, {with.service.state(), events, with.service.watermark()});
    co_return true;
}

/// What the user needs to know about an answer that could not be read.
std::string detail_of(const error_code& failure, const services::answer_reader& reader, const body& body)
{
    if (failure == errc::refused)
        return {};
    if (failure == errc::not_a_document)
        return body.beginning();
    if (failure == errc::unexpected_root)
        return reader.fault() + ", " + body.beginning();
    return reader.fault();
}

asio::awaitable<void> read_answer(body& body, const http_head& head, page_parts with, page_outcome& page)
{
    auto& reader = with.exchange.reader();
    auto& writer = with.exchange.events();
    if (writer.wants_room())
        writer.lend(with.out.room());
    std::optional<time_source::time_point> pushed;  // the first event does not wait at all
    record_watch watch(with.time);
    for (bool end = false; !end && !page.failure;)
    {
        const auto piece = co_await body.next();
        if (!piece)
        {
            co_await push_ready(with, page);
            page.failure = piece.error();
            page.stage = body.stage();
            break;
        }
        end = piece->empty();
        writer.at(with.time.utc_now());
        auto rest = *piece;
        for (bool paused = true; paused && !page.failure;)
        {
            const auto parsed = end ? reader.finish() : reader.feed(rest);
            page.failure = parsed ? error_code() : parsed.error();
            paused = parsed && *parsed == progress::paused;
            // Large batches cost less to send; but nothing waits for what the source has not sent yet, but for the rest
            // of a record of TLS.
            const bool may_gather = !end && !paused && !page.failure && body.has_more();
            if (may_gather && pushed && with.time.now() - *pushed < longest_gathering)
                break;
            const bool any = co_await push_ready(with, page);
            if (any)
                pushed = with.time.now();
        }
        if (page.failure)
            page.detail = detail_of(page.failure, reader, body);
        else if (!end && watch.stands_still(reader))
        {
            page.failure = asio::error::timed_out;
            page.stage = body.stage();
        }
    }
    writer.lend({});  // between two attempts it needs no memory
    page.refusal = completed(reader.refused(), head, body, with.time.utc_now());
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
    page.date = parse_http_date(head->field("date"));
    page.date_came = time.now();
    if (page.date)
        exchange.dated(*page.date);
    page.limits = qualys::read_limits(head->fields);
    if (received)
        received(page.limits);
    body content(source, *head);
    if (head->status == 200)
    {
        const page_parts with{service, exchange, out, saved, time};
        co_await read_answer(content, *head, with, page);
    }
    else
    {
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
