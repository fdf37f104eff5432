#include "collect/checkpoint.hpp"

#include "flow/backoff.hpp"

#include <utility>

namespace qdc::collect
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

checkpoint::checkpoint(
    asio::any_io_executor ex, state_store& store, state_key key, sink& out, time_source& time, log_origin log
)
    : store_(store),
      key_(std::move(key)),
      out_(out),
      time_(time),
      log_(std::move(log)),
      moved_(std::move(ex))
{
}

void checkpoint::note(ticket at, std::string state)
{
    if (state == newest_)
        return;
    newest_ = state;
    if (!noted_.empty() && noted_.back().at == at)
        noted_.back().state = std::move(state);
    else
        noted_.push_back({at, std::move(state)});
    moved_.notify_all();
}

asio::awaitable<void> checkpoint::follow()
{
    for (;;)
    {
        while (noted_.empty())
            co_await moved_.wait();
        auto state = newest_confirmed();
        if (state)
        {
            co_await save(std::move(*state));
            continue;
        }
        const auto before = noted_.front().at - 1;
        [[maybe_unused]] const auto confirmed = co_await out_.confirmed_beyond(before);
    }
}

std::optional<std::string> checkpoint::newest_confirmed()
{
    std::optional<std::string> state;
    for (const auto confirmed = out_.confirmed(); !noted_.empty() && noted_.front().at <= confirmed; noted_.pop_front())
        state = std::move(noted_.front().state);
    return state;
}

asio::awaitable<void> checkpoint::save(std::string state)
{
    for (std::uint32_t attempt = 1;; ++attempt)
    {
        const auto written = co_await store_.save(key_, state);
        failure_ = written ? error_code() : written.error();
        if (written)
            saved_ = state;
        moved_.notify_all();
        if (written)
            co_return;

        const auto pause = backoff_delay(attempt, 1s, 60s, 0.5);
        log_.error(
            "The checkpoint of " + key_.service + " could not be saved: " + failure_.message() +
            ". The earlier one stays, collecting goes on, and saving is tried again in " +
            std::to_string(std::chrono::ceil<std::chrono::seconds>(pause).count()) +
            " s; what is collected until then would come again after a restart"
        );
        co_await time_.sleep_for(pause);
        if (auto newer = newest_confirmed())
            state = std::move(*newer);
    }
}

asio::awaitable<error_code> checkpoint::settled()
{
    failure_ = {};
    while (saved_ != newest_ && !failure_)
        co_await moved_.wait();
    co_return failure_;
}

}  // namespace qdc::collect
