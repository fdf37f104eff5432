#pragma once

#include "ports/reports.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace qdc::status
{

/// What of a request matters here.
struct request
{
    std::string method;
    std::string target;  ///< as sent: the path and perhaps a query
    std::string host;    ///< the Host header; empty: there was none
};

/// What goes back to the client.
struct answer
{
    unsigned code{200};
    std::string headers;  ///< lines of this answer alone, each with its CR LF
    std::shared_ptr<const std::string> body;
};

/// An answer without anything but words; they stand in a line of their own.
answer plain_answer(unsigned code, std::string_view words);

/// Knows the pages: `/`, `/status`, `/status.txt`, `/metrics`, `/healthz`, `/readyz`; a path is matched as it stands,
/// without its query. `/status.txt?columns=N` is what `top` shows, on lines of N columns: 60 to 500, else 80. What it made of a report is shown for 200 ms, to everybody, so that many readers cost no more than five a
/// second; their answers share one text.
///
/// On a loopback address it answers only to requests for an IP address or `localhost`: a web site cannot let its own
/// name point here and have a visitor's browser read the status for it (DNS rebinding).
class answers
{
public:
    using clock = std::function<std::chrono::steady_clock::time_point()>;

    answers(std::function<collector_report()> look, bool on_loopback, clock now);

    /// The answer to a request. It never waits: everything is made of the report at hand.
    answer to(const request& asked);

private:
    using text = std::shared_ptr<const std::string>;

    const collector_report& report();
    text made_once(std::string_view path, const std::function<std::string()>& make);
    answer page_of(std::string_view path, std::string_view query);
    std::string terminal_text(std::size_t columns) const;
    void keep_for_rates(std::chrono::steady_clock::time_point now);
    answer readiness();

    std::function<collector_report()> look_;
    bool on_loopback_;
    clock now_;
    std::chrono::steady_clock::time_point looked_{};
    collector_report report_;
    std::optional<collector_report> before_;         ///< an earlier one, for rates
    std::optional<collector_report> next_before_;    ///< a later one, which takes its place in time
    std::map<std::string, text, std::less<>> made_;  ///< of this report, by path
    bool has_looked_{false};
};

}  // namespace qdc::status
