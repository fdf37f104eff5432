#pragma once

#include "bench/page.hpp"
#include "sandbox/server_identity.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include <openssl/types.h>

namespace qdc::bench
{

/// Seconds of CLOCK_MONOTONIC.
double monotonic_seconds();

/// What one page looks like on the wire, and how fast it comes.
struct page_manners
{
    std::uint64_t bytes = 1'000'000;
    std::uint64_t rate = 0;                     ///< bytes a second on each connection; 0: as fast as it is taken
    std::shared_ptr<const std::string> packed;  ///< the page with gzip, made beforehand; nothing: plain
};

/// When the first request came, and the first and the last byte of XML went; 0: not yet.
struct page_times
{
    double request = 0;
    double first_byte = 0;
    double last_byte = 0;
};

/// Answers every request over HTTPS with one page of a host list detection answer. The sandbox makes its data while it
/// sends them, which costs more than what is to be measured; this one sends what is ready. A thread for each connection.
class page_server
{
public:
    page_server(const sandbox::server_identity& identity, std::shared_ptr<const block> hosts);
    ~page_server();
    page_server(const page_server&) = delete;
    page_server& operator=(const page_server&) = delete;

    unsigned short port() const { return port_; }

    /// For all further requests. The times begin anew.
    void behave(page_manners how);

    page_times times() const;

    /// Accepts connections for ever.
    void run();

private:
    void serve(int socket);
    bool answer(SSL* tls);

    std::shared_ptr<const block> hosts_;
    SSL_CTX* context_;
    int listener_;
    unsigned short port_ = 0;
    mutable std::mutex mutex_;  ///< for what follows
    page_manners how_;
    page_times times_;
};

/// The whole page with gzip, as `gzip -6` makes it.
std::string packed_page(page from);

}  // namespace qdc::bench
