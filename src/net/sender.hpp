#pragma once

#include "flow/condition.hpp"
#include "flow/connection_load.hpp"
#include "flow/outbox.hpp"
#include "flow/task_group.hpp"
#include "net/connection.hpp"
#include "net/gzip_packer.hpp"
#include "net/sender_log.hpp"
#include "net/sender_options.hpp"
#include "ports/log.hpp"
#include "ports/output.hpp"
#include "ports/time_source.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace qdc::net
{

/// Empties an outbox into connections to one peer, forever.
///
/// There is no acknowledgement in syslog over TLS. So a connection carries events for a while, is then ended in order,
/// and the peer's own end is awaited: that confirms what it carried. Meanwhile the next connection sends already; a
/// connection that is lost instead has its events queued again. The read side is watched all the time, because a peer
/// that has gone is first seen there, and because closing with unread input would make our end a reset.
///
///     outbox              sender                                 Devo's kernel         Devo's program
///       |--- batches ------>|=== bytes ==========================>| unread ~~~~~~~~~~~~~>| reads
///       |                   |<-- acknowledged: visible progress --|                      |
///       |--- cut: load/2 -->|=== close_notify, FIN ==============>| unread ~~~~~~~~~~~~~>| reads them last
///       |                   |         (invisible: what its kernel holds unread)          |
///       |<-- confirm(n) ----|<===================================== close_notify, FIN ===|
///       |<-- set_load() ----|   how long that took says what the next connections carry
///
/// A slow peer is no fault: while bytes are acknowledged no deadline counts. What is invisible is kept small by
/// connection_load, and bounded by what the peer took lately; so its end can be waited for without knowing its speed.
/// The kernel sizes its send buffer itself: what lies there is visible (SIOCOUTQ), and a long way needs it large.
class sender final : public output
{
public:
    /// Everything referred to outlives it. `report` may still be in use by another until run().
    sender(
        boost::asio::any_io_executor ex,
        outbox& box,
        time_source& time,
        log_origin log,
        sender_options options,
        output_report& report,
        std::function<double()> jitter
    );

    /// Runs until it is stopped: a peer that cannot be reached is tried again, with pauses up to a minute.
    boost::asio::awaitable<error_code> run() override;

    /// With the outbox's bytes as they are now.
    const output_report& report() override;

private:
    struct stream;

    boost::asio::awaitable<void> connections();
    boost::asio::awaitable<std::unique_ptr<connection>> connect();
    boost::asio::awaitable<void> pause(time_source::duration longest);
    boost::asio::awaitable<void> carry(std::shared_ptr<stream> carrier);
    boost::asio::awaitable<void> watch(stream& carrier, task_group& parts);
    boost::asio::awaitable<void> pump(stream& carrier, task_group& parts);
    boost::asio::awaitable<void> expect_progress(stream& carrier, task_group& parts);
    boost::asio::awaitable<error_code> send_and_end(stream& carrier);
    boost::asio::awaitable<error_code> write(stream& carrier, const batch& next);
    void settle(stream& carrier, task_group& parts, error_code how);
    boost::asio::awaitable<void> confirm_by_age();
    void confirmed(stream& carrier);
    void lost(stream& carrier, const error_code& why);

    outbox& box_;
    time_source& time_;
    sender_options options_;
    std::function<double()> jitter_;
    output_report& report_;
    sender_log log_;
    std::optional<gzip_packer> packer_;
    connection_load load_;
    task_group streams_;
    condition moved_;  ///< a stream changed its phase
    generation newest_{0};
    int open_{0};                   ///< streams that are neither confirmed nor lost
    std::uint32_t failures_{0};     ///< in a row
    task_group* pausing_{nullptr};  ///< the sleep of the back-off; nullptr: there is none
};

}  // namespace qdc::net
