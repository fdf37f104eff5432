#include "collect/decision.hpp"

#include "flow/backoff.hpp"

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
    const std::string cause = qualys::describe(refusal) + " (" + verdict.meaning + ')';
    switch (verdict.what)
    {
        case qualys::remedy::back_off:
            break;
        case qualys::remedy::wait:
            return {next_step::retry, stretched(*refusal.wait, jitter), cause};
        case qualys::remedy::short_wait:
            return {next_step::retry, stretched(concurrency_wait, jitter), cause};
        case qualys::remedy::next_period:
            return {next_step::next_cycle, 0ms, cause};
        case qualys::remedy::login:
            return {next_step::login, 0ms, cause};
        case qualys::remedy::other_version:
            return {next_step::retired, 0ms, cause};
    }
    return {next_step::retry, pause, cause};
}

}  // namespace

decision decide(const page_outcome& page, std::uint32_t attempt, double jitter)
{
    const auto pause = backoff_delay(attempt, 1s, 60s, jitter);
    if (page.failure == errc::refused)
        return decide_refusal(page.refusal, pause, jitter);

    std::string cause = page.failure.message();
    if (!page.detail.empty())
        cause += " (" + page.detail + ')';
    if (page.failure == errc::xml_entity || page.failure == errc::cursor_stands_still ||
        page.failure == errc::record_too_large)
        return {next_step::next_cycle, 0ms, cause};
    return {next_step::retry, pause, cause};
}

std::chrono::seconds login_rest(std::uint32_t times)
{
    constexpr std::uint32_t doublings = 6;
    return std::min<std::chrono::seconds>(60s * (1u << std::min(times - 1, doublings)), 1h);
}

}  // namespace qdc::collect
