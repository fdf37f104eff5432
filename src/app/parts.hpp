#pragma once

#include "app/input_store.hpp"
#include "app/obfuscation_report.hpp"
#include "app/output_certificates.hpp"
#include "app/report_book.hpp"
#include "base/explained.hpp"
#include "collect/puller.hpp"
#include "collect/subscription.hpp"
#include "flow/fan_out.hpp"
#include "flow/outbox.hpp"
#include "ports/http_stream.hpp"
#include "ports/log.hpp"
#include "ports/output.hpp"
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

namespace qdc::net
{
class tls_context;
}

namespace qdc::app
{

/// What is shared by all parts and outlives them.
struct surroundings
{
    boost::asio::any_io_executor ex;
    time_source& time;
    log& out;
    state_store& store;
    store_book& stores;
    report_book& reports;
    std::function<double()> jitter;
};

/// One output: its outbox and what empties it.
struct output_part
{
    std::unique_ptr<outbox> box;
    std::unique_ptr<output> out;
    std::string name;
    std::unique_ptr<output_certificates> certificates;
    std::chrono::seconds statistics_period{300};
};

/// One service of one input.
struct puller_part
{
    std::string name;        ///< "qualys/host_list_detection", for task names and messages
    service_report* report;  ///< in the book
    std::unique_ptr<collect::puller> puller;
    obfuscation_report obfuscation;
    std::optional<utc_time> start;  ///< start_time_utc; nothing: the service's default
    input_store* store{nullptr};    ///< to be opened before the service starts; nullptr: it has no table
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

/// Those of the named services that no input has, with commas between; empty: each is configured.
std::string unconfigured(const std::vector<std::string>& services, const settings::collector& settings);

/// The source of one input, for one service; or why there is none.
explained<std::unique_ptr<http_stream>> make_source(const settings::input& input, bool accept_gzip);

/// Makes any number of them, which share their trust and their TLS sessions.
explained<source_maker> make_source_maker(const settings::input& input, bool accept_gzip);

/// How TLS is spoken to Qualys: its trust; or which file cannot be used.
explained<std::shared_ptr<net::tls_context>> make_input_context(const settings::input& wanted);

/// Makes all parts; nothing moves yet. Or: which certificate, key or proxy cannot be used.
explained<parts>
make_parts(const settings::collector& settings, const part_options& options, const surroundings& around);

}  // namespace qdc::app
