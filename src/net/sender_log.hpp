#pragma once

#include "net/sender_options.hpp"
#include "ports/log.hpp"
#include "ports/output.hpp"
#include "ports/time_source.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace qdc::net
{

/// What is said about the connections of an output, in the log and among its last errors: that none can be made, that
/// one was lost, and that the trouble is over.
class sender_log
{
public:
    /// Everything referred to outlives it.
    sender_log(log_origin log, const sender_options& options, output_report& report, time_source& time);

    /// No connection could be made. `waiting_bytes` of events wait; the next try comes within `longest_pause`.
    void unreachable(const error_code& failure, std::size_t waiting_bytes, time_source::duration longest_pause);

    /// A connection is there: the end of a trouble when none could be made before.
    void connected();

    /// A connection ended otherwise than in order, and `events` are queued again. `ending`: only its confirmation was
    /// missing.
    void lost(const error_code& failure, std::uint64_t events, bool ending);

    /// The peer has confirmed something: the end of whatever trouble there was.
    void confirmed();

private:
    void warn(trouble_id id, std::string text);
    void works_again(std::string_view news);

    /// Where the connections go.
    std::string way() const;

    log_origin log_;
    const sender_options& options_;
    output_report& report_;
    time_source& time_;
    bool refused_{false};  ///< the last connection was refused by an alert behind its handshake
};

}  // namespace qdc::net
