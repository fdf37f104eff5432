#pragma once
// Private to net/: from a name to its addresses.

#include "base/error.hpp"
#include "net/connection.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace qdc::net
{

using name_addresses = std::vector<boost::asio::ip::address>;

/// What is known of a name.
struct name_answer
{
    name_addresses addresses;
    std::size_t failed_lately{0};  ///< so many at the end of `addresses`; the one that failed longest ago comes first
};

/// Asks for a name and waits for the answer, however long that takes. Called on threads of their own.
using ask_function = std::function<result<name_addresses>(const std::string& name)>;

struct lookup_times
{
    std::chrono::milliseconds kept{60'000};     ///< an answer is used that long without asking again
    std::chrono::milliseconds patience{2'000};  ///< with an older answer at hand a new one is awaited that long
};

/// getaddrinfo: /etc/hosts, nsswitch and DNS, as every other program of the machine does it.
result<name_addresses> ask_system(const std::string& name);

/// The look-ups of one event loop, as a service of it: asio::use_service<name_lookup>(io).
///
/// Each name has at most one look-up in flight, whoever asks; up to 64 names are looked up at once, so that a silent
/// zone holds up nobody else. A look-up cannot be interrupted: it runs on a detached thread, and nothing waits for that
/// thread, neither a caller whose deadline has passed nor io_context::run() nor the end of the process.
class name_lookup final : public boost::asio::execution_context::service
{
public:
    using key_type = name_lookup;
    static boost::asio::execution_context::id id;

    static constexpr std::size_t most_at_once = 64;

    explicit name_lookup(
        boost::asio::execution_context& loop, ask_function ask = ask_system, lookup_times times = lookup_times()
    );

    /// The addresses of a name. While the name servers are silent or out of order it is the last good answer, whatever
    /// its age. Errors: lookup_fault::timed_out after `within`, or what the look-up said. A stop ends the wait at once.
    boost::asio::awaitable<result<name_answer>> find(std::string name, connection::limit within);

    /// Something went wrong at this address of the name, or went well: find() sorts by that for ten minutes.
    void judge(const std::string& name, const boost::asio::ip::address& address, bool good);

private:
    using time_point = std::chrono::steady_clock::time_point;
    struct known_name;
    struct mailbox;
    class waiting_turn;

    void shutdown() override;
    std::shared_ptr<known_name> known(const std::string& name);
    void begin(const std::string& name, const boost::asio::any_io_executor& loop);
    void start(const std::string& name, const boost::asio::any_io_executor& loop);
    void answered(const std::string& name, result<name_addresses> answer, const boost::asio::any_io_executor& loop);
    void start_queued(const boost::asio::any_io_executor& loop);

    ask_function ask_;
    lookup_times times_;
    std::shared_ptr<mailbox> mailbox_;  ///< outlives us in the threads
    std::map<std::string, std::shared_ptr<known_name>> names_;
    std::deque<std::string> queued_;
    std::size_t running_{0};
};

/// Why there is no answer.
enum class lookup_fault
{
    timed_out = 1,  ///< the name servers did not answer in time
};

/// Codes are lookup_fault.
const boost::system::error_category& lookup_category() noexcept;

inline error_code make_error_code(lookup_fault fault) noexcept
{
    return {static_cast<int>(fault), lookup_category()};
}

}  // namespace qdc::net

template <>
struct boost::system::is_error_code_enum<qdc::net::lookup_fault> : std::true_type
{
};
