#include "collect/decision.hpp"

#include "flow/backoff.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>

namespace qdc::collect
{

using namespace std::chrono_literals;

namespace
{

// Clients of this API wait 30 s for a free place; shorter waits only add to the crowd.
constexpr auto concurrency_wait = 30s;

std::chrono::milliseconds stretched(std::chrono::milliseconds wait, double jitter)
{
    const auto count = static_cast<double>(wait.count());
    return wait + std::chrono::milliseconds(static_cast<std::int64_t>(count * jitter / 10));
}

decision decide_refusal(const qualys::refusal& refusal, std::chrono::milliseconds pause, double jitter)
{
    const auto verdict = qualys::judge(refusal);
    decision made;
    made.cause = qualys::describe(refusal) + " (" + verdict.meaning + ')';
    switch (verdict.what)
    {
        case qualys::remedy::back_off:
            made.wait = pause;
            made.reason = "unavailable";
            made.smaller = refusal.status == 502 || refusal.status == 504;
            break;
        case qualys::remedy::wait:
            made.wait = stretched(*refusal.wait, jitter);
            made.reason = "rate_limit";
            made.endpoint = true;
            break;
        case qualys::remedy::short_wait:
            made.wait = stretched(concurrency_wait, jitter);
            made.reason = "concurrency_limit";
            made.endpoint = true;
            break;
        case qualys::remedy::next_period:
            made.step = next_step::next_cycle;
            made.reason = "refused";
            break;
        case qualys::remedy::login:
            made.step = next_step::login;
            made.reason = "login";
            break;
        case qualys::remedy::other_version:
            made.step = next_step::retired;
            made.reason = "retired";
            break;
    }
    return made;
}

/// One word for metrics, and whether less may help.
void classify(decision& made, const page_outcome& page)
{
    const auto& failure = page.failure;
    const bool damaged = failure == errc::xml_malformed || failure == errc::csv_malformed ||
                         failure == errc::json_malformed || failure == errc::gzip_damaged ||
                         failure == errc::xml_too_large || failure == errc::xml_too_deep;
    const bool cut = failure == errc::body_cut || failure == errc::root_not_closed;
    if (failure == boost::asio::error::timed_out)
    {
        made.reason = "timeout";
        made.smaller = true;
    }
    else if (cut || (page.status != 0 && failure.category() == boost::system::system_category()))
    {
        made.reason = "cut";
        made.smaller = true;
    }
    else if (damaged)
    {
        made.reason = "malformed";
        made.smaller = true;
    }
    else if (failure == errc::unexpected_root || failure == errc::not_a_document)
    {
        made.reason = "other_document";
    }
    else if (failure == errc::record_too_large)
    {
        made.reason = "too_large";
        made.record = true;
    }
    else
    {
        made.reason = page.status == 0 ? "connection" : "malformed";
    }
}

}  // namespace

decision decide(const page_outcome& page, std::uint32_t attempt, double jitter)
{
    const auto pause = backoff_delay(attempt, 1s, 60s, jitter);
    if (page.failure == errc::refused)
        return decide_refusal(page.refusal, pause, jitter);

    decision made;
    made.wait = pause;
    made.cause = (page.status != 0 ? "HTTP " + std::to_string(page.status) + ", " : "") + page.failure.message();
    if (!page.detail.empty())
        made.cause += " (" + page.detail + ')';
    classify(made, page);
    if (page.failure == errc::xml_entity || page.failure == errc::cursor_stands_still || made.record ||
        page.failure == errc::host_unknown)
    {
        made.step = next_step::next_cycle;
        made.wait = 0ms;
    }
    return made;
}

}  // namespace qdc::collect
