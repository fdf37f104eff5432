#include "net/sender_log.hpp"

#include "base/count_of.hpp"
#include "net/tls_context.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include <openssl/err.h>
#include <openssl/sslerr.h>

namespace qdc::net
{
namespace
{

trouble_id trouble_of(const error_code& failure)
{
    // A peer that does not want our certificate says so behind the handshake (TLS 1.3): there never was a connection to lose.
    if (is_tls_alert(failure))
        return trouble_id::output_unreachable;
    if (failure == errc::never_closed)
        return trouble_id::never_closed;
    return failure == errc::unconfirmed ? trouble_id::unconfirmed : trouble_id::output_lost;
}

/// Whether the peer said that our certificate has expired.
bool is_expired_alert(const error_code& failure)
{
    return is_tls_alert(failure) &&
           ERR_GET_REASON(static_cast<unsigned long>(failure.value())) == SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED;
}

/// What helps, to be put behind the sentence; empty: nothing is known.
std::string advice_on(const error_code& failure)
{
    if (failure == errc::never_closed)
        return ". If this peer never ends its side, set `confirm: tcp` for this output";
    if (is_expired_alert(failure))
        return ". `cert` of this output has expired: it takes a new one from Devo";
    if (is_tls_alert(failure))
        return std::string(". `cert` of this output").append(certificate_advice);
    return {};
}

}  // namespace

sender_log::sender_log(log_origin log, const sender_options& options, output_report& report, time_source& time)
    : log_(std::move(log)),
      options_(options),
      report_(report),
      time_(time)
{
}

void sender_log::unreachable(const error_code& failure, std::size_t waiting_bytes, time_source::duration longest_pause)
{
    refused_ = false;
    warn(
        trouble_id::output_unreachable,
        fmt::format(
            "No connection to {}: {}. {}Events wait ({} bytes), nothing is lost; trying again within {} s",
            way(),
            failure.message(),
            options_.advice.empty() ? "" : options_.advice + ". ",
            waiting_bytes,
            std::chrono::ceil<std::chrono::seconds>(longest_pause).count()
        )
    );
}

void sender_log::connected()
{
    // A connection ends the trouble that none could be made; after a loss only a confirmation proves anything. The report
    // knows also what went wrong before a reload.
    const auto& errors = report_.last_errors;
    if (!refused_ && !errors.empty() && errors.front().id == trouble_id::output_unreachable)
        works_again("is connected again");
}

void sender_log::lost(const error_code& failure, std::uint64_t events, bool ending)
{
    auto text = is_tls_alert(failure) ? fmt::format("No connection to {}: {}", way(), failure.message())
                                      : fmt::format(
                                            "The connection to {} was lost while {}: {}",
                                            way(),
                                            ending ? "confirming" : "sending",
                                            failure.message()
                                        );
    if (events != 0 || !is_tls_alert(failure))
        text += fmt::format(
            ". {} without confirmation {} sent again on the next one",
            count_of(events, "event"),
            events == 1 ? "is" : "are"
        );
    warn(trouble_of(failure), text + advice_on(failure));
    // The next handshake will look as good as this one did: only a confirmation shows that it is accepted.
    refused_ = is_tls_alert(failure);
}

void sender_log::confirmed()
{
    refused_ = false;
    works_again("confirms again");
}

/// A warning goes to the log, to the output's last errors, and begins or lengthens the spell of trouble.
void sender_log::warn(trouble_id id, std::string text)
{
    note_error(report_.last_errors, time_.utc_now(), id, text);
    log_.warning(id, std::move(text));
    report_.spell.failed(time_.now());
}

/// The end of a trouble is worth a line.
void sender_log::works_again(std::string_view news)
{
    const auto spell = report_.spell.over();
    if (!spell.since)
        return;
    const auto lasted = std::chrono::duration<double>(time_.now() - *spell.since).count();
    log_.info(
        fmt::format("{} {}, after {:.0f} s and {}", way(), news, lasted, count_of(spell.failures, "failure")),
        {{"lasted_seconds", lasted}}
    );
}

std::string sender_log::way() const
{
    const auto to = options_.to.text();
    return options_.via ? to + " through the proxy " + options_.via->text() : to;
}

}  // namespace qdc::net
