#pragma once

#include "fuzz/pieces.hpp"
#include "services/service.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::fuzz
{

/// The same in every run, so that a finding repeats.
constexpr utc_time now{std::chrono::seconds(1'763'800'000)};

inline devo::event_style style()
{
    return {"sender", "vuln.qualys.fuzz", "a \"test\"", {}};
}

/// What one service made of one answer.
struct answer_outcome
{
    std::string frames;
    error_code failure;
    int code{0};  ///< of a refusal
    std::string text;
    std::string state;
    std::uint64_t received{0};
    std::uint64_t duplicate{0};

    bool operator==(const answer_outcome&) const = default;
};

/// Takes what is ready. A batch is bounded: by the parser's pause, and by the event that went beyond it.
inline void take_batch(services::exchange& exchange, answer_outcome& out)
{
    constexpr std::size_t pause_bytes = 64 * 1024;
    const auto batch = exchange.events().take();
    if (!batch.empty())
    {
        require(batch.back() == '\n');
        const auto last = batch.rfind('\n', batch.size() - 2);
        require(last == std::string::npos || last < pause_bytes);
    }
    out.frames += batch;
    exchange.taken();
}

/// A saved state is taken up by the same service and comes out of it unchanged.
inline void require_fixed_point(services::service& fresh, std::string_view state)
{
    require(fresh.restore(state));
    require(fresh.state() == state);
}

/// Gives an answer to the service's first call, in pieces. `make` makes the service.
template <class Make>
answer_outcome answer(const Make& make, const std::vector<std::string_view>& pieces)
{
    const auto driven = make();
    answer_outcome out;
    driven->begin_cycle(now);
    auto exchange = driven->next();
    require(exchange != nullptr);
    exchange->events().at(now);
    auto& reader = exchange->reader();
    const auto go_on = [&exchange, &reader, &out](std::string_view* in)
    {
        for (bool paused = true; paused && !out.failure;)
        {
            const auto parsed = in != nullptr ? reader.feed(*in) : reader.finish();
            take_batch(*exchange, out);
            out.failure = parsed ? error_code() : parsed.error();
            paused = parsed && *parsed == decode::progress::paused;
        }
    };
    for (auto in : pieces)
        go_on(&in);
    go_on(nullptr);
    out.code = reader.refused().code;
    out.text = reader.refused().text;
    require(!out.failure || out.failure == errc::refused || !reader.fault().empty());
    if (!out.failure)
        out.failure = exchange->done();
    if (out.failure)
        exchange->failed({});
    exchange.reset();
    out.state = driven->state();
    out.received = driven->counts().received;
    out.duplicate = driven->counts().duplicate;
    require_fixed_point(*make(), out.state);
    return out;
}

/// Every line is a frame with a JSON object; how many there are.
inline std::size_t count_frames(std::string_view frames)
{
    constexpr std::string_view header = "<14>2025-11-22 08:26:40.000 sender vuln.qualys.fuzz: ";
    std::size_t count = 0;
    for (; !frames.empty(); ++count)
    {
        const auto line = frames.substr(0, frames.find('\n'));
        frames.remove_prefix(line.size() + 1);
        require(line.starts_with(header));
        boost::system::error_code strict;
        const auto event = boost::json::parse(line.substr(header.size()), strict, {}, {.max_depth = 5000});
        require(!strict && event.is_object());
        const auto* const environment = event.get_object().if_contains("@devo_environment");
        require(environment != nullptr && *environment == "a \"test\"");
    }
    return count;
}

}  // namespace qdc::fuzz
