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
    // Our own chain counts as one: all of it is shown to the receiver.
    certificate_file own{"certificate file", key_of(output, "cert")};
    usable = read_file(output.certificate, own, notes) && usable;
    if (!own.certificates.empty())
        check_days_left(own, own.certificates, now, notes);
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

/// Whether the other side accepted our certificate: no alert came for a second.
void note_silence(const settings::output& output, const std::string& place, error_code alert, check_notes& notes)
{
    const char* const check = "acceptance";
    if (!alert)
        notes.ok(check, place + " keeps the connection open");
    else if (output.kind == settings::output_kind::devo_tls)
        notes.fail(
            check,
            place + " ended the connection: " + alert.message(),
            key_of(output, "cert").append(net::certificate_advice)
        );
    else
        notes.fail(check, place + " ended the connection: " + alert.message(), "look at the log of the receiver");
}

/// A connection that could not be made, with the keys of the configuration that may be at fault.
void note_failure(
    const settings::output& output,
    const std::string& path,
    const way& chosen,
    const net::dial_failure& failure,
    check_notes& notes
)
{
    const auto address = key_of(output, "address");
    const auto trust = key_of(output, output.ca_file.empty() || output.ca_file == output.chain ? "chain" : "ca_file");
    const bool encrypted = output.kind == settings::output_kind::devo_tls;
    const connection_keys keys{
        address, chosen.via ? chosen.from : address, trust, encrypted ? key_of(output, "proxy") : ""};
    notes.fail("connection", path + ": " + failure.message(), fix_of(failure, keys));
    notes.skip("acceptance", "no connection");
}

/// Connects, looks at the receiver's certificate, waits for an alert, and ends the connection in order.
asio::awaitable<void> check_connection(
    settings::output output, way chosen, std::shared_ptr<net::tls_context> tls, utc_time now, check_notes& notes
)
{
    const net::peer to{output.address, output.port};
    const auto path = chosen.to(to);
    const bool encrypted = tls != nullptr;
    const auto dialled = co_await net::dial(to, chosen.via, std::move(tls), step_limit(output.connect_timeout));
    if (!dialled)
        co_return note_failure(output, path, chosen, dialled.error(), notes);
    auto& open = **dialled;
    notes.ok("connection", path + at_address(open, chosen, to) + (encrypted ? ", TLS" : ", without TLS"));
    if (const auto shown = open.peer_certificate())
        check_days_left({*shown}, now, "certificate", "whoever runs the receiver has to renew it", notes);
    const auto alert = co_await wait_for_alert(open);
    note_silence(output, to.text(), alert, notes);
    if (alert)
        co_return;
    [[maybe_unused]] const auto ended = co_await open.end_sending(1s);
}

}  // namespace

asio::awaitable<void> check_output(settings::output output, time_source& time, check_notes notes)
{
    if (output.kind == settings::output_kind::console)
        co_return notes.ok("connection", "none: events go to standard output");

    net::peer to{output.address, output.port};
    way chosen;
    std::shared_ptr<net::tls_context> tls;
    std::string no_context;
    std::vector<certificate_file> trusted;
    bool usable = true;
    // The files first: they can be wrong without any network.
    if (output.kind == settings::output_kind::devo_tls)
    {
        usable = check_files(output, time.utc_now(), trusted, notes);
        auto context = app::make_output_context(output);
        if (context)
            tls = std::move(*context);
        else
            no_context = context.error();
        chosen = choose_way(output.proxy, to, key_of(output, "proxy"));
    }
    // Then the name, which is worth knowing even when the files are at fault.
    const auto unknown = co_await check_first_hop(chosen, std::move(to), step_limit(output.connect_timeout), notes);
    const bool ready = usable && no_context.empty() && unknown.empty();
    if (ready)
        co_await check_connection(output, chosen, tls, time.utc_now(), notes);
    // Which trusted certificates are in use is known once the receiver has shown its own.
    const auto shown = tls != nullptr ? tls->peer_chain() : std::vector<net::certificate_facts>();
    for (const auto& file : trusted)
        check_trust(file, shown, time.utc_now(), notes);
    if (ready)
        co_return;

    // Not tried: the reason stands in place of the connection.
    if (usable && !no_context.empty())
        notes.fail("connection", no_context, "look at the files of this output, and at " + key_of(output, "sec_level"));
    else
        notes.skip("connection", usable ? unknown : "the certificates or the key cannot be used");
    notes.skip("acceptance", "no connection");
}

}  // namespace qdc::doctor
