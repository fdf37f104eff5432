#include "app/outputs.hpp"

#include "net/console.hpp"
#include "net/proxy.hpp"
#include "net/sender.hpp"
#include "net/tls_context.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace qdc::app
{
namespace
{

net::confirmed_by confirmation_of(settings::confirmation wanted)
{
    switch (wanted)
    {
        case settings::confirmation::eof:
            return net::confirmed_by::end_of_stream;
        case settings::confirmation::tcp:
            return net::confirmed_by::acknowledged;
        case settings::confirmation::none:
            break;
    }
    return net::confirmed_by::nothing;
}

/// What TLS and TCP have in common.
net::sender_options sender_options_of(const settings::output& wanted)
{
    net::sender_options options;
    options.to = {wanted.address, wanted.port};
    options.confirm = confirmation_of(wanted.confirm);
    options.connect_timeout = wanted.connect_timeout;
    options.send_timeout = wanted.send_timeout;
    if (wanted.compress)
        options.compress = wanted.compression_level;
    return options;
}

std::unique_ptr<output>
sender_with(const settings::output& wanted, const output_site& site, net::sender_options options)
{
    // The official collector's name of its sender, so that filters on its log go on working.
    log_origin origin(
        site.out, "OutputProcess::DevoSender(standard_senders," + wanted.name + ')', {{"output", wanted.name}}
    );
    return std::make_unique<net::sender>(
        site.ex, site.box, site.time, std::move(origin), std::move(options), site.report, site.jitter
    );
}

explained<made_output> make_tls(const settings::output& wanted, const output_site& site)
{
    auto options = sender_options_of(wanted);
    // The way there: the configured proxy, or that of the environment, or none.
    const auto environment = net::proxy_environment::read();
    auto via = net::choose_proxy(wanted.proxy.reveal(), environment, options.to);
    if (!via)
        return "output " + wanted.name + ": proxy: " + via.error();
    options.via = std::move(*via);
    // A proxy of the environment was not configured for this output: the advice says where it comes from.
    if (options.via && wanted.proxy.empty())
        options.advice = "The proxy is the environment's (HTTPS_PROXY): to go without it, set outputs." + wanted.name +
                         ".config.proxy: none, or name " + wanted.address + " in NO_PROXY";
    // Trust, certificate and key; a file that cannot be used is named before anything is sent.
    auto context = make_output_context(wanted);
    if (!context)
        return "output " + wanted.name + ": " + context.error();
    options.tls = *context;
    return made_output{sender_with(wanted, site, std::move(options)), std::move(*context)};
}

explained<made_output> make_tcp(const settings::output& wanted, const output_site& site)
{
    return made_output{sender_with(wanted, site, sender_options_of(wanted)), nullptr};
}

explained<made_output> make_console(const settings::output&, const output_site& site)
{
    return made_output{std::make_unique<net::console>(site.box, site.report), nullptr};
}

struct output_maker
{
    settings::output_kind kind;
    explained<made_output> (*make)(const settings::output& wanted, const output_site& site);
};

constexpr std::array output_makers{
    output_maker{settings::output_kind::devo_tls, make_tls},
    output_maker{settings::output_kind::plain_tcp, make_tcp},
    output_maker{settings::output_kind::console, make_console},
};

}  // namespace

explained<made_output> make_output(const settings::output& wanted, const output_site& site)
{
    // Every kind stands in the table.
    const auto* const found = std::ranges::find(output_makers, wanted.kind, &output_maker::kind);
    return found->make(wanted, site);
}

explained<std::shared_ptr<net::tls_context>> make_output_context(const settings::output& wanted)
{
    net::tls_options options;
    // Devo's chain file serves as trust where no other file is named.
    options.ca_file = wanted.ca_file.empty() ? wanted.chain : wanted.ca_file;
    options.certificate = wanted.certificate;
    options.key = wanted.key;
    options.check_hostname = wanted.check_hostname;
    options.security_level = wanted.security_level;
    return net::tls_context::make(options);
}

}  // namespace qdc::app
