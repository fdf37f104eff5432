#pragma once

#include "base/histogram.hpp"
#include "flow/condition.hpp"
#include "flow/connection_load.hpp"
#include "flow/outbox.hpp"
#include "flow/task_group.hpp"
#include "net/connection.hpp"
#include "net/gzip_packer.hpp"
#include "ports/log.hpp"
#include "ports/reports.hpp"
#include "ports/time_source.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace qdc::net
{

/// When bytes count as delivered.
enum class confirmed_by
{
    end_of_stream,  ///< we end the stream in order, the peer ends its own without a reset, the kernel holds nothing
    acknowledged,   ///< the peer's kernel has them; its program may still lose them
    nothing,        ///< they are in our kernel: a lost connection loses them
};

struct sender_options
{
    peer to;
    std::optional<proxy> via;
    std::shared_ptr<tls_context> tls;  ///< nullptr: plain TCP
    confirmed_by confirm{confirmed_by::end_of_stream};
    std::chrono::seconds connect_timeout{30};
    std::chrono::seconds send_timeout{30};     ///< without a byte that the peer takes
    std::chrono::seconds confirm_timeout{10};  ///< for the peer's end of stream, once it has everything
    std::chrono::seconds max_age{3600};        ///< a connection ends in order and the next one takes over
    std::optional<int> compress;               ///< level of gzip members in the stream, 1 to 9; nothing: plain lines
    std::chrono::seconds confirm_after{30};    ///< nothing stays unconfirmed longer while the peer is well
};

/// What went out so far. Plain counts; whoever shows them takes differences.
struct sender_counts
{
    std::uint64_t events_sent{0};
    std::uint64_t events_resent{0};  ///< of those: sent before on a connection that was lost
    std::uint64_t bytes_sent{0};     ///< as they went into the stream, packed or plain
    std::uint64_t connections{0};
    std::uint64_t confirmations{0};
    std::uint64_t failures{0};  ///< connections that could not be made, were lost, or did not confirm
    bool connected{false};
    histogram confirm_seconds;  ///< from the end that we sent to the peer's
    std::deque<error_note> last_errors;
};

/// Empties an outbox into connections to one peer, forever.
///
/// There is no acknowledgement in syslog over TLS. So a connection carries events for a while, is then ended in order, and
/// the peer's own end is awaited: that confirms what it carried. Meanwhile the next connection sends already; a connection
/// that is lost instead has its events queued again. The read side is watched all the time, because a peer that has gone is
/// first seen there, and because closing with unread input would make our end a reset.
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
/// connection_load, and bounded by what the peer took lately; so its end can be waited for without knowing its speed. The
/// kernel sizes its send buffer itself: what lies there is visible (SIOCOUTQ), and a long way needs it large.
class sender
{
public:
    sender(
        boost::asio::any_io_executor ex,
        outbox& box,
        time_source& time,
        log_origin log,
        sender_options options,
        std::function<double()> jitter
    );

    /// Runs until it is stopped. What is not confirmed then stays in the outbox.
    boost::asio::awaitable<void> run();

    const sender_counts& counts() const noexcept { return counts_; }

private:
    struct stream;

    boost::asio::awaitable<void> connections();
    boost::asio::awaitable<std::unique_ptr<connection>> connect();
    boost::asio::awaitable<void> carry(std::shared_ptr<stream> carrier);
    boost::asio::awaitable<void> watch(stream& carrier, task_group& parts);
    boost::asio::awaitable<void> pump(stream& carrier, task_group& parts);
    boost::asio::awaitable<void> expect_progress(stream& carrier, task_group& parts);
    boost::asio::awaitable<error_code> send_and_end(stream& carrier);
    boost::asio::awaitable<error_code> write(stream& carrier, const batch& next);
    boost::asio::awaitable<error_code>
    all_acknowledged(connection& bytes, time_source::duration patience, time_source::duration limit);
    void settle(stream& carrier, task_group& parts, error_code how);
    boost::asio::awaitable<void> confirm_by_age();
    std::string way() const;
    void failed(std::string text);
    void confirmed(stream& carrier);
    void lost(stream& carrier, const error_code& why);

    outbox& box_;
    time_source& time_;
    log_origin log_;
    sender_options options_;
    std::function<double()> jitter_;
    sender_counts counts_;
    std::optional<gzip_packer> packer_;
    connection_load load_;
    task_group streams_;
    condition moved_;  ///< a stream changed its phase
    generation newest_{0};
    int open_{0};                ///< streams that are neither confirmed nor lost
    std::uint32_t failures_{0};  ///< in a row
};

}  // namespace qdc::net
