#pragma once

#include "devo/self_event.hpp"
#include "ports/log.hpp"
#include "ports/sink.hpp"
#include "ports/time_source.hpp"
#include "settings/settings.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <variant>

namespace qdc::app
{

/// With what name the events of a configuration about itself are sent; nothing: its `internal_events` is off.
std::optional<devo::self_identity> self_of(const settings::collector& settings);

/// A log in front of another that also sends what it passes on to Devo, as events of the collector about itself. Debug
/// records stay here. It stands behind the masking log: what it gets holds no secret.
///
/// Records wait in memory, 1 MiB of them at most; while Devo takes nothing the oldest are dropped, and their number is
/// sent later. Telemetry's batches count no events: the counts of an output are those of the services.
class telemetry final : public log
{
public:
    /// `next` outlives this. `now` is the wall clock.
    telemetry(log& next, std::function<utc_time()> now);

    bool enabled(log_level level) const override { return next_.enabled(level); }

    void write(log_record record) override;

    /// Begins to send under that name; until then records are only gathered. Nothing: `internal_events` is off, what
    /// was gathered is forgotten, and nothing is gathered until there is a name again.
    void set_identity(std::optional<devo::self_identity> identity);

    /// The metric of what an output sent.
    void report(devo::sent_messages messages);

    /// Sends what is there every second, until it is stopped.
    boost::asio::awaitable<void> run(sink& out, time_source& time);

    /// Sends what is there. Waits, like every push, while there is no room.
    boost::asio::awaitable<void> flush(sink& out);

private:
    struct entry
    {
        utc_time at;
        std::size_t bytes;
        std::variant<log_record, devo::sent_messages> what;
    };

    void queue(entry one);
    std::string take();
    std::string frame_of(const entry& one) const;

    log& next_;
    std::function<utc_time()> now_;
    std::optional<devo::self_identity> who_;
    bool gathering_{true};
    std::deque<entry> waiting_;
    std::size_t waiting_bytes_{0};
    std::uint64_t dropped_{0};
};

}  // namespace qdc::app
