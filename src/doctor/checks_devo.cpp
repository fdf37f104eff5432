#include "doctor/checks_devo.hpp"

#include "app/outputs.hpp"
#include "doctor/checks_network.hpp"
#include "net/certificate.hpp"
#include "net/connection.hpp"
#include "net/key_pair.hpp"
#include "net/tls_context.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace qdc::doctor
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace
{

/// The key path of a value of this output, for advice.
std::string key_of(const settings::output& output, const char* key)
{
    return "outputs." + output.name + ".config." + key;
}

/// A file of certificates that the configuration names.
struct certificate_file
{
    const char* check;
    std::string key;
    std::vector<net::certificate_facts> certificates{};  ///< none: no file is named, or it cannot be read
};

/// False: it cannot be used at all.
bool read_file(const std::filesystem::path& path, certificate_file& file, check_notes& notes)
{
    if (path.empty())
        return true;
    auto found = net::read_trust(path);
    if (found)
        file.certificates = std::move(found->facts);
    else
        notes.fail(file.check, found.error().text, file.key + " has to name a readable PEM file");
    return found.has_value();
}

/// Notes the days left of the certificates that are in use, of those in a file.
void check_days_left(
    const certificate_file& file, const std::vector<net::certificate_facts>& used, utc_time now, check_notes& notes
)
{
    check_days_left(used, now, file.check, "download a new one from Devo, for " + file.key, notes);
}

/// Of trusted certificates those count that the receiver's chain ends in, or goes through. While that is not known it is
/// the one that is good longest.
void check_trust(
    const certificate_file& file, const std::vector<net::certificate_facts>& shown, utc_time now, check_notes& notes
)
{
    if (file.certificates.empty())
        return;
    check_days_left(file, net::trust_in_use(file.certificates, shown), now, notes);
}

/// Whether the key belongs to the certificate; noted either way. True where no key is configured.
bool check_key(const settings::output& output, check_notes& notes)
{
    if (output.key.empty())
        return true;
    const auto matches = net::read_key_pair(output.certificate, output.key);
    const auto pair = key_of(output, "cert") + " and " + key_of(output, "key");
    if (matches)
        notes.ok("key", output.key.string() + " is the certificate's");
    else
        notes.fail(
            "key",
            matches.error().text,
            pair + " have to be the pair that Devo made together, the key without a pass phrase"
        );
    return matches.has_value();
}

/// False: no connection can be tried with them. `trusted`: the files of trusted certificates, to be judged later.
bool check_files(
    const settings::output& output, utc_time now, std::vector<certificate_file>& trusted, check_notes& notes
)
{
    trusted.push_back({"chain file", key_of(output, "chain")});
    bool usable = read_file(output.chain, trusted.back(), notes);
    if (output.ca_file != output.chain)
    {
        trusted.push_back({"CA file", key_of(output, "ca_file")});
        usable = read_file(output.ca_file, trusted.back(), notes) && usable;
    }
    // Our own chain counts as one; what stands beside it in the file does not matter.
    certificate_file own{"certificate file", key_of(output, "cert")};
    usable = read_file(output.certificate, own, notes) && usable;
    if (!own.certificates.empty())
        check_days_left(own, net::own_chain(own.certificates), now, notes);
    return check_key(output, notes) && usable;
}

/// With TLS 1.3 the other side looks at our certificate when we think that all is done; its alert comes with a read.
asio::awaitable<error_code> wait_for_alert(net::connection& to)
{
    std::array<char, 256> ignored{};
    const auto read = co_await to.read_some(ignored, 1s);
    if (!read)
        co_return read.error() == asio::error::timed_out ? error_code() : read.error();
    co_return *read == 0 ? error_code(asio::error::eof) : error_code();
}

/// An output's receiver, how it is reached, and what helps where it is not.
struct receiver
{
    net::peer to;
    way chosen{};
    std::shared_ptr<net::tls_context> tls{};  ///< nullptr: without TLS
    std::chrono::seconds connect_timeout;
    connection_keys keys;
    std::string refusal_fix;  ///< when it ends the connection at once
};

/// Whether the other side accepted our certificate: no alert came for a second.
void note_silence(const receiver& peer, error_code alert, check_notes& notes)
{
    if (alert)
        notes.fail("acceptance", peer.to.text() + " ended the connection: " + alert.message(), peer.refusal_fix);
    else
        notes.ok("acceptance", peer.to.text() + " keeps the connection open");
}

/// Connects, looks at the receiver's certificate, waits for an alert, and ends the connection in order.
asio::awaitable<void> check_connection(receiver peer, utc_time now, check_notes& notes)
{
    const auto path = peer.chosen.to(peer.to);
    const bool encrypted = peer.tls != nullptr;
    const auto dialled = co_await net::dial(peer.to, peer.chosen.via, peer.tls, step_limit(peer.connect_timeout));
    // A connection that could not be made, with the keys of the configuration that may be at fault.
    if (!dialled)
    {
        const auto& failure = dialled.error();
        notes.fail("connection", path + ": " + failure.message(), fix_of(failure, peer.keys));
        notes.skip("acceptance", "no connection");
        co_return;
    }
    auto& open = **dialled;
    notes.ok("connection", path + at_address(open, peer.chosen, peer.to) + (encrypted ? ", TLS" : ", without TLS"));
    if (const auto shown = open.peer_certificate())
        check_days_left({*shown}, now, "certificate", "whoever runs the receiver has to renew it", notes);
    const auto alert = co_await wait_for_alert(open);
    note_silence(peer, alert, notes);
    if (alert)
        co_return;
    [[maybe_unused]] const auto ended = co_await open.end_sending(1s);
}

/// The connection was not tried.
void note_no_connection(const std::string& reason, check_notes& notes)
{
    notes.skip("connection", reason);
    notes.skip("acceptance", "no connection");
}

asio::awaitable<void> check_console(settings::output, time_source&, check_notes notes)
{
    notes.ok("connection", "none: events go to standard output");
    co_return;
}

asio::awaitable<void> check_tcp(settings::output output, time_source& time, check_notes notes)
{
    const auto address = key_of(output, "address");
    const receiver peer{
        .to = {output.address, output.port},
        .connect_timeout = output.connect_timeout,
        .keys = {address, address, {}, {}},
        .refusal_fix = "look at the log of the receiver"};
    const auto unknown = co_await check_first_hop(peer.chosen, peer.to, step_limit(output.connect_timeout), notes);
    if (unknown.empty())
        co_await check_connection(peer, time.utc_now(), notes);
    else
        note_no_connection(unknown, notes);
}

/// The way to a receiver that speaks TLS, which may lead through a proxy; its context is still to be made.
receiver encrypted_receiver(const settings::output& output)
{
    receiver peer{
        .to = {output.address, output.port},
        .connect_timeout = output.connect_timeout,
        .keys = {},
        .refusal_fix = key_of(output, "cert").append(net::certificate_advice)};
    peer.chosen = choose_way(output.proxy, peer.to, key_of(output, "proxy"));
    const auto address = key_of(output, "address");
    const bool chain_alone = output.ca_file.empty() || output.ca_file == output.chain;
    peer.keys = {
        address,
        peer.chosen.via ? peer.chosen.from : address,
        key_of(output, chain_alone ? "chain" : "ca_file"),
        key_of(output, "proxy")};
    return peer;
}

asio::awaitable<void> check_tls(settings::output output, time_source& time, check_notes notes)
{
    auto peer = encrypted_receiver(output);
    // The files first: they can be wrong without any network.
    std::vector<certificate_file> trusted;
    const bool usable = check_files(output, time.utc_now(), trusted, notes);
    auto context = app::make_output_context(output);
    if (context)
        peer.tls = *context;
    // Then the name, which is worth knowing even when the files are at fault.
    const auto unknown = co_await check_first_hop(peer.chosen, peer.to, step_limit(output.connect_timeout), notes);
    const bool ready = usable && context && unknown.empty();
    if (ready)
        co_await check_connection(peer, time.utc_now(), notes);
    // Which trusted certificates are in use is known once the receiver has shown its own.
    const auto shown = context ? (*context)->peer_chain() : std::vector<net::certificate_facts>();
    for (const auto& file : trusted)
        check_trust(file, shown, time.utc_now(), notes);
    if (ready)
        co_return;

    // Not tried: the reason stands in place of the connection.
    if (!usable)
        co_return note_no_connection("the certificates or the key cannot be used", notes);
    if (context)
        co_return note_no_connection(unknown, notes);
    notes.fail(
        "connection", context.error(), "look at the files of this output, and at " + key_of(output, "sec_level")
    );
    notes.skip("acceptance", "no connection");
}

struct output_check
{
    settings::output_kind kind;
    asio::awaitable<void> (*check)(settings::output output, time_source& time, check_notes notes);
};

constexpr std::array output_checks{
    output_check{settings::output_kind::devo_tls, check_tls},
    output_check{settings::output_kind::plain_tcp, check_tcp},
    output_check{settings::output_kind::console, check_console},
};

}  // namespace

asio::awaitable<void> check_output(settings::output output, time_source& time, check_notes notes)
{
    // Every kind stands in the table.
    const auto* const found = std::ranges::find(output_checks, output.kind, &output_check::kind);
    return found->check(std::move(output), time, std::move(notes));
}

}  // namespace qdc::doctor
