#pragma once

#include "base/error.hpp"
#include "ports/log.hpp"
#include "ports/reports.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace qdc::status
{

/// Where the endpoint listens, and what it allows a client.
struct server_options
{
    std::string address{"127.0.0.1"};  ///< an IP address
    std::uint16_t port{9688};          ///< 0: the kernel's choice

    /// Beyond them one is dropped. Fewer when the process may not open many files.
    std::size_t connections{32};
    std::chrono::milliseconds head{5000};      ///< for a request; for the first byte of a connection as well
    std::chrono::milliseconds idle{120000};    ///< between two requests; a scraper comes back each minute or sooner
    std::chrono::milliseconds answer{10000};   ///< for the reader to take an answer
    std::chrono::milliseconds gap{10};         ///< between two further answers on connections in a flood
    std::chrono::milliseconds arrival_gap{2};  ///< between two connections, each with its first answer
    int burst{50};                             ///< of answers, and of connections, before the gaps count
};

/// The status endpoint: HTTP/1.1 on the one event loop, without login, so on a loopback address unless configured
/// otherwise. Answers GET and HEAD; see answers.hpp for the pages.
///
/// It does not slow the rest of the program: heads of at most 8 KiB, no bodies, a time limit for each step, at most
/// five hundred connections and a hundred further requests on them a second, and one text shared by all who read it. A
/// connection needs at most 16 KiB besides. A new connection is answered at once, whatever the others ask for.
class server
{
public:
    /// `look` returns the state of things; it is called from the loop, at most five times a second.
    server(
        boost::asio::any_io_executor ex, server_options options, std::function<collector_report()> look, log_origin log
    );
    ~server();  ///< run() must have ended
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    /// Takes the port; connections wait until run(). Fails with the kernel's code, such as address_in_use.
    [[nodiscard]] error_code listen();

    /// After listen().
    std::uint16_t port() const;

    /// Answers until it is stopped.
    boost::asio::awaitable<void> run();

private:
    class host;
    std::unique_ptr<host> host_;
};

}  // namespace qdc::status
