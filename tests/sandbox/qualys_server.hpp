#pragma once

#include "sandbox/options.hpp"
#include "sandbox/qualys_desk.hpp"
#include "sandbox/server_identity.hpp"

#include <memory>
#include <string>

namespace qdc::sandbox
{

/// The HTTPS listener of the Qualys side: takes requests, sends the desk's answers in chunks, does to them what the
/// faults say. One thread calls run(); the other functions may be called from any.
class qualys_server
{
public:
    /// Listens at once. Throws boost::system::system_error when the port cannot be had.
    qualys_server(const options& from, const server_identity& identity, devo_access devo);
    ~qualys_server();

    [[nodiscard]] unsigned short port() const;

    /// Serves until stop().
    void run();
    void stop();

    /// Runs the control message on the server's thread and gives back the status; throws std::runtime_error as
    /// qualys_desk::control. Only while run() runs.
    std::string control(std::string json_text);
    std::string status();

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace qdc::sandbox
