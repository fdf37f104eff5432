#pragma once

#include "ports/log.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>
#include <string>

namespace qdc::logging
{

/// A log in front of another that holds back repeats: records with the level, origin and message of the one before
/// from the same origin. The first is passed on; repeats within `window` after it are counted. The count, as "the last
/// message of X was repeated N times", comes before the next different record of that origin, before the first repeat
/// after the window (which is passed on again), from sweep() once the window is over, and at the end.
///
/// Origins do not disturb each other: services that fail side by side would otherwise hide nothing.
class log_repeats final : public log
{
public:
    using clock = std::function<std::chrono::steady_clock::time_point()>;

    /// `out` outlives this.
    log_repeats(log& out, clock now, std::chrono::steady_clock::duration window = std::chrono::seconds(60));
    ~log_repeats() override;  ///< passes on the counts that are left
    log_repeats(const log_repeats&) = delete;
    log_repeats& operator=(const log_repeats&) = delete;

    bool enabled(log_level level) const override { return out_->enabled(level); }

    void write(log_record record) override;

    /// Passes on the counts whose window is over: to be called now and then, as nothing else reports a flood that
    /// has ended.
    void sweep();

private:
    struct memory
    {
        log_level level;
        std::optional<trouble_id> id;
        std::string origin;
        std::string message;
        std::chrono::steady_clock::time_point shown_at;
        std::uint64_t repeats{0};
    };

    void write_count(memory& last);

    log* out_;
    clock now_;
    std::chrono::steady_clock::duration window_;
    std::list<memory> recent_;  ///< one per origin, the latest first; bounded
};

}  // namespace qdc::logging
