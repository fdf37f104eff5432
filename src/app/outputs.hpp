#pragma once

#include "base/explained.hpp"
#include "flow/outbox.hpp"
#include "ports/log.hpp"
#include "ports/output.hpp"
#include "ports/time_source.hpp"
#include "settings/settings.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <memory>

namespace qdc::net
{
class tls_context;
}

namespace qdc::app
{

/// What an output is made from; all of it outlives the output.
struct output_site
{
    boost::asio::any_io_executor ex;
    time_source& time;
    log& out;
    std::function<double()> jitter;
    outbox& box;
    output_report& report;
};

/// An output, and how it speaks TLS: nullptr without.
struct made_output
{
    std::unique_ptr<output> out;
    std::shared_ptr<net::tls_context> tls;
};

/// The output that `wanted` describes; nothing moves yet. Each kind stands in one table in the .cpp.
explained<made_output> make_output(const settings::output& wanted, const output_site& site);

/// How TLS is spoken to one output: its trust, certificate and key; or which file cannot be used.
explained<std::shared_ptr<net::tls_context>> make_output_context(const settings::output& wanted);

}  // namespace qdc::app
