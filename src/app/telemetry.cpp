#include "app/telemetry.hpp"

#include "logging/lines.hpp"
#include "logging/scrub.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <utility>

namespace qdc::app
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace
{

constexpr std::size_t limit_bytes = 1u << 20;
constexpr std::size_t entry_bytes = 256;  // what a short record takes besides its text

// As the services' batches: a large one would have to wait until a small replay buffer is empty, and all behind it.
constexpr std::size_t batch_bytes = 64u << 10;

}  // namespace

std::optional<devo::self_identity> self_of(const settings::collector& settings)
{
    if (!settings.internal_events)
        return std::nullopt;
    const char* const image = std::getenv("COLLECTOR_IMAGE");  // as the official collector
    return devo::self_identity{
        settings.hostname, settings.id, settings.name, QDC_VERSION, logging::valid_utf8(image != nullptr ? image : "")};
}

telemetry::telemetry(log& next, std::function<utc_time()> now) : next_(next), now_(std::move(now)) {}

void telemetry::write(log_record record)
{
    // A shortened copy waits to be sent. The record itself goes on to the next log, whole.
    if (gathering_ && record.level != log_level::debug)
    {
        log_record kept{
            record.level,
            record.origin,
            logging::shortened(record.message, logging::log_text_limit_bytes),
            {},
            record.id};
        const auto bytes = entry_bytes + kept.origin.size() + kept.message.size();
        queue({now_(), bytes, std::move(kept)});
    }
    next_.write(std::move(record));
}

void telemetry::report(devo::sent_messages messages)
{
    messages.output = logging::valid_utf8(messages.output);
    if (gathering_)
        queue({now_(), entry_bytes + messages.output.size(), std::move(messages)});
}

void telemetry::queue(entry one)
{
    waiting_bytes_ += one.bytes;
    waiting_.push_back(std::move(one));
    // Over the limit the oldest go, and are counted: the newest records say most about a trouble.
    for (; waiting_bytes_ > limit_bytes; waiting_.pop_front())
    {
        waiting_bytes_ -= waiting_.front().bytes;
        ++dropped_;
    }
}

void telemetry::set_identity(std::optional<devo::self_identity> identity)
{
    who_ = std::move(identity);
    gathering_ = who_.has_value();
    if (gathering_)
        return;
    // Switched off: what was gathered must not be sent later, under the name of another configuration.
    waiting_.clear();
    waiting_bytes_ = 0;
    dropped_ = 0;
}

asio::awaitable<void> telemetry::run(sink& out, time_source& time)
{
    for (;;)
    {
        co_await time.sleep_for(1s);
        co_await flush(out);
    }
}

asio::awaitable<void> telemetry::flush(sink& out)
{
    while (who_ && !waiting_.empty())
    {
        // No events and no counter: an output's counts are those of the services.
        batch next{take(), 0, nullptr};
        [[maybe_unused]] const auto at = co_await out.push(std::move(next));
    }
}

/// The frames of the oldest records, a batch full.
std::string telemetry::take()
{
    std::string frames;
    // Where records are missing, a record in their place says how many.
    if (dropped_ != 0)
    {
        const log_record missing{
            log_level::warning,
            "MainProcess::MainThread",
            std::to_string(dropped_) +
                " older records of the log are not here: they came faster than they could be sent",
            {},
            trouble_id::log_lost};
        frames += frame_of({now_(), 0, missing});
        dropped_ = 0;
    }
    for (; !waiting_.empty() && frames.size() < batch_bytes; waiting_.pop_front())
    {
        frames += frame_of(waiting_.front());
        waiting_bytes_ -= waiting_.front().bytes;
    }
    return frames;
}

std::string telemetry::frame_of(const entry& one) const
{
    if (const auto* const sent = std::get_if<devo::sent_messages>(&one.what))
        return devo::metric_frame(*who_, one.at, *sent);
    // Devo takes UTF-8 only; the id of a warning or an error follows its text in brackets.
    const auto& record = std::get<log_record>(one.what);
    const auto origin = logging::valid_utf8(record.origin);
    const auto message =
        logging::valid_utf8(record.message) + (record.id ? fmt::format(" [{}]", name(*record.id)) : "");
    return devo::self_frame(*who_, {one.at, logging::lower_name_of(record.level), origin, message});
}

}  // namespace qdc::app
