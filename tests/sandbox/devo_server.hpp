#pragma once

#include "sandbox/options.hpp"
#include "sandbox/server_identity.hpp"

#include <memory>
#include <string>
#include <vector>

namespace qdc::sandbox
{

/// A Devo event balancer: TLS with a client certificate it verifies, lines in, nothing out. Whole lines are in the
/// store's file before the orderly end of a connection is answered. One thread calls run().
class devo_server
{
public:
    /// Listens at once. Throws boost::system::system_error or std::runtime_error.
    devo_server(const options& from, const server_identity& identity);
    ~devo_server();

    [[nodiscard]] unsigned short port() const;

    /// Serves until stop(); then what arrived is flushed.
    void run();
    void stop();

    /// From any thread while run() runs: counters as JSON, after everything received so far was flushed.
    std::string status();

    /// From any thread while run() runs; throws std::runtime_error for an unknown fault.
    void set_faults(std::vector<std::string> faults);

    /// The counters, once run() has returned.
    [[nodiscard]] std::string final_status() const;

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace qdc::sandbox
