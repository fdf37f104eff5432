#pragma once

#include "sandbox/arrival_store.hpp"
#include "sandbox/faults.hpp"
#include "sandbox/line_intake.hpp"
#include "sandbox/tls_server.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace qdc::sandbox
{

/// What happened to the connections of the Devo side, since its start.
struct devo_counters
{
    std::uint64_t connections = 0;
    std::uint64_t refused_handshakes = 0;
    std::uint64_t orderly_ends = 0;         ///< the client said close_notify
    std::uint64_t ends_without_notice = 0;  ///< the client sent a FIN only, as the official one does
    std::uint64_t resets = 0;
    std::uint64_t partial_lines = 0;
    std::uint64_t gzip_members = 0;
    std::uint64_t broken_gzip = 0;
    std::uint64_t received_bytes = 0;
    std::uint64_t refusals = 0;  ///< times the port was closed
};

/// What all connections share; outlives them.
struct devo_room
{
    arrival_store store;
    devo_counters seen;
    std::set<tls_stream*> open;
};

/// One connection of a client, and the faults it was born with. Reads until its end; what was read is in the store
/// before the client's end is answered.
class devo_connection
{
public:
    devo_connection(
        boost::asio::ip::tcp::socket socket, boost::asio::ssl::context& tls, devo_room& room, std::vector<fault> struck
    );
    ~devo_connection();
    devo_connection(const devo_connection&) = delete;
    devo_connection& operator=(const devo_connection&) = delete;

    /// Runs the connection from its handshake to its end. Throws std::runtime_error when lines cannot be kept.
    boost::asio::awaitable<void> live();

private:
    [[nodiscard]] const fault* find(std::string_view kind) const { return find_fault(struck_, kind); }

    /// How much the next read may take before a fault is due.
    [[nodiscard]] std::size_t next_size() const;

    boost::asio::awaitable<void> receive();
    boost::asio::awaitable<boost::system::error_code> read_once();

    /// Closes from our side. What TLS has read is kept, what the kernel holds is answered with a reset: nothing that
    /// the client may take for delivered is dropped.
    boost::asio::awaitable<void> leave();

    /// True when the connection is over.
    boost::asio::awaitable<bool> meet_byte_fault();

    void watch_idleness();

    /// The client's end: lines are kept first, then it is answered.
    boost::asio::awaitable<void> end(boost::system::error_code how);

    tls_stream stream_;
    devo_room& room_;
    std::vector<fault> struck_;
    line_intake intake_;
    boost::asio::steady_timer idle_;
    std::string buffer_;
    std::uint64_t received_ = 0;
    bool stalled_ = false;
    bool idle_end_ = false;
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace qdc::sandbox
