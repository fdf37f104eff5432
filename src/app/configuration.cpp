#include "app/configuration.hpp"

#include "app/build_day.hpp"
#include "app/outputs.hpp"
#include "app/parts.hpp"
#include "net/key_pair.hpp"
#include "net/proxy.hpp"
#include "settings/external_checks.hpp"
#include "state/inspect.hpp"

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace qdc::app
{
namespace
{

using settings::remark;
using settings::severity;

/// An expired certificate is refused by the peer, not by us: a warning, with its date.
void note_expiry(const net::certificate_facts* expired, std::string key, utc_time now, std::vector<remark>& remarks)
{
    if (expired != nullptr && expired->not_after < now)
        remarks.push_back(
            {severity::warning,
             std::move(key),
             "the certificate of " + expired->subject + " expired at " + utc_seconds(expired->not_after),
             "download a new one"}
        );
}

/// `key`: the one that names the file.
void check_trust_file(const std::filesystem::path& file, std::string key, utc_time now, std::vector<remark>& remarks)
{
    const auto trusted = net::read_trust(file);
    if (!trusted)
        remarks.push_back({severity::error, std::move(key), trusted.error().text, trusted.error().fix});
    else
        note_expiry(net::last_to_expire(trusted->facts), std::move(key), now, remarks);
}

std::vector<remark> check_trust(const settings::input& input, utc_time now)
{
    std::vector<remark> remarks;
    if (!input.ca_file.empty())
        check_trust_file(input.ca_file, "ca_file", now, remarks);
    if (!remarks.empty())
        return remarks;
    // The file can be read; whether OpenSSL accepts it is seen by making a context of it.
    if (const auto context = make_input_context(input); !context)
        remarks.push_back(
            {severity::error, "ca_file", context.error(), "name a PEM file with the certificates to be trusted"}
        );
    return remarks;
}

std::vector<remark> check_identity(const settings::output& output, utc_time now)
{
    std::vector<remark> remarks;
    // First the files of trust, then certificate and key as a pair.
    check_trust_file(output.chain, "chain", now, remarks);
    if (output.ca_file != output.chain)
        check_trust_file(output.ca_file, "ca_file", now, remarks);
    const auto pair = net::read_key_pair(output.certificate, output.key);
    if (pair)
    {
        const auto used = net::own_chain(pair->facts);
        note_expiry(net::first_expired(used, now), "cert", now, remarks);
    }
    // The remark stands at the key of the file that is at fault.
    else
        remarks.push_back(
            {severity::error,
             pair.error().file == output.key && output.key != output.certificate ? "key" : "cert",
             pair.error().text,
             pair.error().fix}
        );
    // What is left is between the files and OpenSSL: its level of security, for example.
    const bool good = std::ranges::none_of(remarks, [](const remark& one) { return one.severity == severity::error; });
    if (!good)
        return remarks;
    if (const auto context = make_output_context(output); !context)
        remarks.push_back(
            {severity::error,
             "cert",
             context.error(),
             "download certificate, key and chain from Devo again, as one set"}
        );
    return remarks;
}

std::string check_proxy(const secret& proxy, const std::string& host, const std::string& port)
{
    const auto chosen = net::choose_proxy(proxy.reveal(), net::proxy_environment::read(), {host, port});
    return chosen ? std::string() : chosen.error();
}

/// The newest checkpoint was written by a clock too: that time has passed.
utc_time newest_passed(const std::filesystem::path& state_directory)
{
    auto newest = build_day();
    const auto entries = state::list(state_directory);
    if (!entries)
        return newest;
    for (const auto& entry : *entries)
        newest = std::max(newest, parse_utc(entry.saved_at).value_or(newest));
    return newest;
}

}  // namespace

settings::outcome read_configuration(const settings::location& location, utc_time now)
{
    // What settings/ cannot check by itself, because it reads no certificate and knows no network.
    settings::external_checks checks;
    checks.identity = [now](const settings::output& output) { return check_identity(output, now); };
    checks.trust = [now](const settings::input& input) { return check_trust(input, now); };
    checks.proxy = check_proxy;
    checks.passed = newest_passed;
    return settings::read(location, now, checks);
}

settings::outcome read_for_doctor(const settings::location& location, utc_time now)
{
    // doctor checks the files of certificates by itself, one line for each, so they are left out here.
    settings::external_checks checks;
    checks.passed = newest_passed;
    return settings::read(location, now, checks);
}

}  // namespace qdc::app
