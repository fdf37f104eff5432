#pragma once

#include "app/report_book.hpp"
#include "collect/puller.hpp"
#include "collect/subscription.hpp"
#include "flow/fan_out.hpp"
#include "flow/outbox.hpp"
#include "net/console.hpp"
#include "net/sender.hpp"
#include "net/tls_context.hpp"
#include "ports/log.hpp"
#include "ports/state_store.hpp"
#include "ports/time_source.hpp"
#include "settings/settings.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace qdc::app
{

/// What is shared by all parts and outlives them.
struct surroundings
{
    boost::asio::any_io_executor ex;
    time_source& time;
    log& out;
    state_store& store;
    report_book& reports;
    std::function<double()> jitter;
};

/// One output: its outbox and the task that empties it.
struct output_part
{
    std::unique_ptr<outbox> box;
    std::unique_ptr<net::sender> tls_or_tcp;  ///< one of these two
    std::unique_ptr<net::console> console;
    std::string name;
    std::string address;  ///< "host:port"; empty: standard output
    std::vector<certificate_report> certificates;
    std::chrono::seconds statistics_period{300};

    boost::asio::awaitable<void> run();
};

/// One service of one input.
struct puller_part
{
    std::string name;        ///< "qualys/host_list_detection", for task names and messages
    service_report* report;  ///< in the book
    std::unique_ptr<collect::puller> puller;
};

/// Everything that moves, made from a checked configuration.
struct parts
{
    std::vector<output_part> outputs;
    std::unique_ptr<fan_out> all_outputs;
    std::vector<std::unique_ptr<collect::subscription>> subscriptions;  ///< one for each input
    std::vector<puller_part> pullers;

    sink& out() const;
};

/// What the command line adds to the configuration.
struct part_options
{
    std::vector<std::string> services;  ///< empty: all
    std::optional<std::chrono::seconds> give_up_after;
};

/// The source of one input, for one service.
std::unique_ptr<http_stream> make_source(const settings::input& of, bool accept_gzip, std::string& why);

/// How TLS is spoken to one output: its trust, certificate and key. Nothing: `why` says which file cannot be used.
std::shared_ptr<net::tls_context> make_output_context(const settings::output& of, std::string& why);

/// Makes all parts; nothing moves yet. Empty: `why` says which certificate or key cannot be used.
std::optional<parts>
make_parts(const settings::collector& from, const part_options& options, const surroundings& around, std::string& why);

}  // namespace qdc::app
