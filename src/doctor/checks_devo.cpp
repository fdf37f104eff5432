#include "doctor/checks_devo.hpp"

#include "app/outputs.hpp"
#include "doctor/checks_network.hpp"
#include "net/certificate.hpp"
#include "net/connection.hpp"
#include "net/key_pair.hpp"
#include "net/tls_context.hpp"

#include <boost/asio/error.hpp>

#include <array>
#include <memory>
#include <string>
#include <utility>

namespace qdc::doctor
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace
{

std::string key_of(const settings::output& of, const char* key)
{
    return "outputs." + of.name + ".config." + key;
}

/// Our own chain counts as a whole, of trusted certificates the one that is good longest. False: it cannot be used at all.
bool check_file(
    const std::filesystem::path& file,
    const char* check,
    const std::string& fix,
    bool all_count,
    utc_time now,
    check_notes& notes
)
{
    if (file.empty())
        return true;
    std::string why;
    const auto found = net::read_certificates(file, why);
    if (found.empty())
        notes.fail(check, why, fix + " has to name a readable PEM file");
    else
        check_days_left(
            all_count ? found : std::vector{*net::last_to_expire(found)},
            now,
            check,
            "download a new one from Devo, for " + fix,
            notes
        );
    return !found.empty();
}

bool check_key(const settings::output& of, check_notes& notes)
{
    if (of.key.empty())
        return true;
    std::string why;
    const bool matches = net::key_matches(of.certificate, of.key, why);
    const auto pair = key_of(of, "cert") + " and " + key_of(of, "key");
    if (matches)
        notes.ok("key", of.key.string() + " is the certificate's");
    else
        notes.fail("key", why, pair + " have to be the pair that Devo made together, the key without a pass phrase");
    return matches;
}

/// False: no connection can be tried with them.
bool check_files(const settings::output& of, utc_time now, check_notes& notes)
{
    bool usable = check_file(of.chain, "chain file", key_of(of, "chain"), false, now, notes);
    if (of.ca_file != of.chain)
        usable = check_file(of.ca_file, "CA file", key_of(of, "ca_file"), false, now, notes) && usable;
    usable = check_file(of.certificate, "certificate file", key_of(of, "cert"), true, now, notes) && usable;
    return check_key(of, notes) && usable;
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

void note_silence(const settings::output& of, const std::string& place, error_code alert, check_notes& notes)
{
    const char* const check = "acceptance";
    if (!alert)
        notes.ok(check, place + " keeps the connection open");
    else if (of.kind == settings::output_kind::devo_tls)
        notes.fail(
            check,
            place + " ended the connection: " + alert.message(),
            key_of(of, "cert").append(net::certificate_advice)
        );
    else
        notes.fail(check, place + " ended the connection: " + alert.message(), "look at the log of the receiver");
}

void note_failure(
    const settings::output& of,
    const std::string& path,
    const way& chosen,
    const net::dial_failure& failure,
    check_notes& notes
)
{
    const auto address = key_of(of, "address");
    const auto trust = key_of(of, of.ca_file.empty() || of.ca_file == of.chain ? "chain" : "ca_file");
    const bool encrypted = of.kind == settings::output_kind::devo_tls;
    const connection_keys keys{
        address, chosen.via ? chosen.from : address, trust, encrypted ? key_of(of, "proxy") : ""};
    notes.fail("connection", path + ": " + failure.message(), fix_of(failure, keys));
    notes.skip("acceptance", "no connection");
}

asio::awaitable<void> check_connection(
    settings::output of, way chosen, std::shared_ptr<net::tls_context> tls, utc_time now, check_notes& notes
)
{
    const net::peer to{of.address, of.port};
    const auto path = chosen.to(to);
    const bool encrypted = tls != nullptr;
    const auto dialled = co_await net::dial(to, chosen.via, std::move(tls), step_limit(of.connect_timeout));
    if (!dialled)
        co_return note_failure(of, path, chosen, dialled.error(), notes);
    auto& open = **dialled;
    notes.ok("connection", path + at_address(open, chosen, to) + (encrypted ? ", TLS" : ", without TLS"));
    if (const auto shown = open.peer_certificate())
        check_days_left({*shown}, now, "certificate", "whoever runs the receiver has to renew it", notes);
    const auto alert = co_await wait_for_alert(open);
    note_silence(of, to.text(), alert, notes);
    if (!alert) [[maybe_unused]]
        const auto ended = co_await open.end_sending(1s);
}

}  // namespace

asio::awaitable<void> check_output(settings::output of, time_source& time, check_notes notes)
{
    if (of.kind == settings::output_kind::console)
        co_return notes.ok("connection", "none: events go to standard output");

    net::peer to{of.address, of.port};
    way chosen;
    std::shared_ptr<net::tls_context> tls;
    std::string why;
    bool usable = true;
    if (of.kind == settings::output_kind::devo_tls)
    {
        usable = check_files(of, time.utc_now(), notes);
        auto context = app::make_output_context(of);
        if (context)
            tls = std::move(*context);
        else
            why = context.error();
        chosen = choose_way(of.proxy, to, key_of(of, "proxy"));
    }
    const auto unknown = co_await check_first_hop(chosen, std::move(to), step_limit(of.connect_timeout), notes);
    if (usable && why.empty() && unknown.empty())
        co_return co_await check_connection(of, chosen, std::move(tls), time.utc_now(), notes);

    if (usable && !why.empty())
        notes.fail("connection", why, "look at the files of this output, and at " + key_of(of, "sec_level"));
    else
        notes.skip("connection", usable ? unknown : "the certificates or the key cannot be used");
    notes.skip("acceptance", "no connection");
}

}  // namespace qdc::doctor
