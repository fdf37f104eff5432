#include "base/text.hpp"
#include "settings/files.hpp"
#include "settings/readers.hpp"
#include "settings/values.hpp"

namespace qdc::settings
{
namespace
{

/// A `type`, and which keys its `config` has.
struct kind_of_output
{
    std::string_view type;
    output_kind kind;
    part config;
};

constexpr kind_of_output kinds[] = {
    {"devo_platform", output_kind::devo_tls, part::tls_config},
    {"relay", output_kind::devo_tls, part::tls_config},
    {"in_house_relay", output_kind::plain_tcp, part::tcp_config},
    {"syslog", output_kind::plain_tcp, part::tcp_config},
    {"sidecar", output_kind::plain_tcp, part::tcp_config},
    {"console", output_kind::console, part::console_config},
    {"stdout", output_kind::console, part::console_config},
};

/// The kind of the output by its `type`; nullptr: there is none, which is reported.
const kind_of_output* find_kind(const section& section)
{
    const auto type = lowered(section.text("type"));
    std::vector<std::string_view> types;
    for (const auto& k : kinds)
    {
        if (k.type == type)
            return &k;
        types.push_back(k.type);
    }
    auto fix = did_you_mean(type, types);
    if (fix.empty())
        fix = "write devo_platform, relay, in_house_relay, syslog, sidecar, console or stdout";
    if (!type.empty())
        section.error("type", shown(type) + " is no type of output", std::move(fix));
    return nullptr;
}

/// Reads host and port; the address may have the port with it.
void read_address(const section& config, output& to)
{
    to.port = std::to_string(config.whole("port"));
    const auto written = config.text("address");
    if (written.empty())
        return;  // reported as missing
    const auto masked = shown(without_user(written));
    const auto place = parse_endpoint(written);
    if (!scheme_of(written).empty())
        config.error("address", masked + " begins with a scheme", "write the name alone, as collector-eu.devo.io");
    else if (!place)
        config.error("address", masked + " is no host name", "write a name, as collector-eu.devo.io");
    else if (!place->port.empty() && config.given("port") && place->port != to.port)
        config.error("address", "names port " + place->port + ", but `port` is " + to.port, "keep one of the two");
    else
    {
        to.address = place->host;
        if (!place->port.empty())
            to.port = place->port;
    }
}

/// How delivery is confirmed, and how much may wait for that.
void read_delivery(const section& config, output& to)
{
    const auto confirm = config.text("confirm");
    to.confirm = confirm == "eof" ? confirmation::eof : confirm == "tcp" ? confirmation::tcp : confirmation::none;
    to.replay_buffer_bytes = static_cast<std::size_t>(config.whole("replay_buffer_in_bytes"));
    to.send_timeout = config.seconds("sending_timeout");
}

/// Reads the certificate files of the output, and has them checked when all of them can be read.
void read_identity(const section& config, const surroundings& around, output& to)
{
    const auto certs = around.directory / "certs";
    to.chain = look_up(config, "chain", certs);
    to.certificate = look_up(config, "cert", certs);
    to.key = look_up(config, "key", certs);
    to.ca_file = config.given("ca_file") ? look_up(config, "ca_file", certs) : to.chain;
    const auto readable = [](const std::filesystem::path& file) { return why_unreadable(file).empty(); };
    if (around.checks.identity && readable(to.chain) && readable(to.certificate) && readable(to.key) &&
        readable(to.ca_file))
        report_remarks(config, around.checks.identity(to));
}

/// Reads what only an output with TLS has: proxy, certificates, compression.
void read_tls(const section& config, const surroundings& around, const output_overrides& overrides, output& to)
{
    to.proxy = read_proxy(config, to.address, to.port, around.checks);
    to.check_hostname = config.flag("check_hostname");
    if (config.given("sec_level"))
        to.security_level = static_cast<int>(config.whole("sec_level"));
    if (around.secrets)
        read_identity(config, around, to);
    if (config.text("type") == "tcp")
        config.warning(
            "type", "is TCP, but this output always uses TLS", "write `type: SSL`, or use type in_house_relay"
        );

    // The official threshold is a filling level of the queue: below 0 always, above 1 never.
    const auto configured = config.decimal("threshold_for_using_gzip_in_transport_layer");
    // What `globals` says wins over the output's own value, as in the official collector.
    const auto threshold = overrides.gzip_threshold.value_or(configured);
    to.compress = threshold <= 1 || config.flag("compress");
    if (threshold >= 0 && threshold <= 1)
        config.warning(
            "threshold_for_using_gzip_in_transport_layer",
            "was read as -1: this output compresses always or never",
            "write -1.0 (always) or 1.1 (never)"
        );
    const auto level = static_cast<int>(config.whole("compression_level"));
    to.compression_level = overrides.compression_level.value_or(level);
}

}  // namespace

std::optional<output> read_output(
    const member& configured,
    const std::string& path,
    const surroundings& around,
    const output_overrides& overrides,
    findings& out
)
{
    const auto full = join_path(path, configured.key);
    if (configured.value.is != node::kind::map)
    {
        out.error(
            configured.at,
            full,
            "is " + std::string(kind_name(configured.value)) + ", where a map is due",
            "write type and config below it, indented"
        );
        return {};
    }
    // The type decides which keys `config` may have.
    const section from(configured.value, part::output, full, out);
    const auto* kind = find_kind(from);
    if (kind == nullptr)
        return {};

    output to;
    to.name = configured.key;
    to.kind = kind->kind;
    const auto config = from.below("config", kind->config);
    to.statistics_period = overrides.statistics_period.value_or(config.seconds("period_sender_stats_in_seconds"));
    // Standard output needs no address and confirms nothing.
    if (to.kind == output_kind::console)
    {
        to.confirm = confirmation::none;
        return to;
    }
    read_address(config, to);
    read_delivery(config, to);
    if (to.kind == output_kind::devo_tls)
        read_tls(config, around, overrides, to);
    return to;
}

}  // namespace qdc::settings
