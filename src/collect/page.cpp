#include "collect/page.hpp"

#include "collect/body.hpp"
#include "collect/short_answer.hpp"
#include "qualys/answer_document.hpp"

#include <chrono>
#include <optional>
#include <utility>

namespace qdc::collect
{

namespace asio = boost::asio;
using decode::progress;

namespace
{

// At a source that is slower than this process a record of TLS is rarely whole, so there always seems to be more.
constexpr auto longest_gathering = std::chrono::milliseconds(2);

/// Hands over what is ready; false: nothing was.
asio::awaitable<bool> push_ready(services::service& service, sink& out, checkpoint& saved, page_outcome& page)
{
    auto& writer = service.events();
    if (writer.ready_events() == 0)
        co_return false;
    batch ready;
    ready.events = writer.ready_events();
    ready.frames = writer.take();
    if (writer.wants_room())
        writer.lend(out.room());
    ready.resent = &saved.resent();
    page.events += ready.events;
    progress_note reached{service.state(), ready.events, service.watermark()};
    const auto at = co_await out.push(std::move(ready));
    saved.note(at, std::move(reached));
    co_return true;
}

/// What the user needs to know about an answer that could not be read.
std::string detail_of(const error_code& failure, const services::answer_reader& reader, const body& in)
{
    if (failure == errc::refused)
        return {};
    if (failure == errc::not_a_document)
        return in.beginning();
    if (failure == errc::unexpected_root)
        return reader.fault() + ", " + in.beginning();
    return reader.fault();
}

asio::awaitable<void> read_answer(
    body& in,
    const http_head& head,
    services::service& service,
    sink& out,
    checkpoint& saved,
    time_source& time,
    page_outcome& page
)
{
    auto& reader = service.open_answer();
    auto& writer = service.events();
    if (writer.wants_room())
        writer.lend(out.room());
    std::optional<time_source::time_point> pushed;  // the first event does not wait at all
    for (bool end = false; !end && !page.failure;)
    {
        const auto piece = co_await in.next();
        if (!piece)
        {
            co_await push_ready(service, out, saved, page);
            page.failure = piece.error();
            page.stage = in.stage();
            break;
        }
        end = piece->empty();
        writer.at(time.utc_now());
        auto rest = *piece;
        for (bool paused = true; paused && !page.failure;)
        {
            const auto parsed = end ? reader.finish() : reader.feed(rest);
            page.failure = parsed ? error_code() : parsed.error();
            paused = parsed && *parsed == progress::paused;
            // Large batches cost less to send; but nothing waits for what the source has not sent yet, but for the rest of
            // a record of TLS.
            const bool may_gather = !end && !paused && !page.failure && in.has_more();
            if (may_gather && pushed && time.now() - *pushed < longest_gathering)
                break;
            const bool any = co_await push_ready(service, out, saved, page);
            if (any)
                pushed = time.now();
        }
        if (page.failure)
            page.detail = detail_of(page.failure, reader, in);
    }
    writer.lend({});  // between pages it rests
    page.refusal = completed(reader.refused(), head, in, time.utc_now());
    if (page.failure)
        service.drop_answer();
    else
        page.failure = service.close_answer();
}

}  // namespace

asio::awaitable<page_outcome> read_page(
    http_stream& in, services::service& service, sink& out, checkpoint& saved, time_source& time, http_request request
)
{
    page_outcome page;
    page.attempt = "asking";
    const auto head = co_await in.open(std::move(request));
    if (!head)
    {
        page.failure = head.error();
        page.stage = in.stage();
        in.close();
        co_return page;
    }

    page.attempt = "reading the answer";
    page.status = head->status;
    page.limits = qualys::read_limits(head->fields);
    body content(in, *head);
    if (head->status == 200)
    {
        co_await read_answer(content, *head, service, out, saved, time, page);
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
        in.close();  // whatever is left of this exchange is of no use
    co_return page;
}

}  // namespace qdc::collect
