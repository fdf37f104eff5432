#include "collect/decision.hpp"

#include "flow/backoff.hpp"
#include "services/catalogue.hpp"

#include <boost/asio/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

// From what came back to what follows, with two examples:
//
//   page_outcome            failure_of()    row_of()                               decide(), 2nd failure in a row
//   504 from a gateway ───▶ gateway ──────▶ answer, retry, doubling, smaller ────▶ retry in 1 to 2 s, for less
//   409 with code 1965, ──▶ rate_limit ───▶ endpoint, retry, as asked ───────────▶ retry in 500 to 550 s; the endpoint
//   500 s to wait                                                                  is left alone until then
namespace qdc::collect
{

using namespace std::chrono_literals;

namespace
{

/// The kinds of failure that are distinguished.
enum class failure
{
    unreachable,       ///< no connection: look-up, TCP, proxy or TLS failed, or the request could not be sent
    network_timeout,   ///< the same, because the time for it was over
    no_answer,         ///< the request was sent, and no first byte came in time
    stalled,           ///< the answer began, and nothing more came in time
    cut,               ///< the answer ended too early
    malformed,         ///< what came cannot be read: HTTP, gzip, XML, CSV or JSON is broken
    other_document,    ///< it can be read, and is something else: HTML, or another root
    hopeless,          ///< it can be read, and leads nowhere: the cursor stands still
    record_too_large,  ///< one record is beyond the limit
    record_unknown,    ///< one record cannot be fetched, and it could not be found out which one
    gateway,           ///< 502 or 504: something in front of Qualys waited in vain
    unavailable,       ///< Qualys cannot answer this for the moment
    maintenance,  ///< Qualys says that it is under maintenance, or still at work: whatever is asked for has to wait
    rate_limit,   ///< the calls of this period are used up
    concurrency,  ///< too many calls run at once
    request,      ///< the call itself is not accepted
    permission,   ///< the account may not make this call, or the login is wrong: the light call tells which
    login,        ///< the credentials are refused
    retired,      ///< nothing is known at this address
    other_host,   ///< a redirect: this is not the API server
};

/// How long until the next try.
enum class pace
{
    none,  ///< there is no next try in this cycle
    doubling,  ///< 1 s, 2 s, 4 s … up to 60 s, less up to a half by chance; at least what Qualys named, and up to a tenth more
    as_asked,  ///< what Qualys named, and up to a tenth more; where it named nothing, doubling
};

/// One row of the table.
struct row
{
    failure what;
    fault whose;
    next_step step;
    pace wait;
    bool smaller;    ///< asking for less may help
    bool elsewhere;  ///< any other call would have failed too: no record is ever blamed for it
    trouble_id id;
};

constexpr std::array table{
    row{failure::unreachable, fault::network, next_step::retry, pace::doubling, false, true, trouble_id::connection},
    row{failure::network_timeout,
        fault::network,
        next_step::retry,
        pace::doubling,
        false,
        true,
        trouble_id::connection},
    row{failure::no_answer, fault::answer, next_step::retry, pace::doubling, true, false, trouble_id::timeout},
    row{failure::stalled, fault::answer, next_step::retry, pace::doubling, true, false, trouble_id::timeout},
    row{failure::cut, fault::answer, next_step::retry, pace::doubling, true, false, trouble_id::cut},
    row{failure::malformed, fault::answer, next_step::retry, pace::doubling, true, false, trouble_id::malformed},
    row{failure::other_document,
        fault::answer,
        next_step::retry,
        pace::doubling,
        false,
        false,
        trouble_id::other_document},
    row{failure::hopeless, fault::answer, next_step::next_cycle, pace::none, false, false, trouble_id::malformed},
    row{failure::record_too_large,
        fault::record,
        next_step::next_cycle,
        pace::none,
        false,
        false,
        trouble_id::too_large},
    row{failure::record_unknown, fault::record, next_step::next_cycle, pace::none, false, false, trouble_id::malformed},
    row{failure::gateway, fault::answer, next_step::retry, pace::doubling, true, false, trouble_id::unavailable},
    row{failure::unavailable, fault::platform, next_step::retry, pace::doubling, false, false, trouble_id::unavailable},
    row{failure::maintenance, fault::platform, next_step::retry, pace::doubling, false, true, trouble_id::unavailable},
    row{failure::rate_limit, fault::endpoint, next_step::retry, pace::as_asked, false, true, trouble_id::rate_limit},
    row{failure::concurrency,
        fault::endpoint,
        next_step::retry,
        pace::doubling,
        false,
        true,
        trouble_id::concurrency_limit},
    row{failure::request, fault::call, next_step::next_cycle, pace::none, false, false, trouble_id::refused},
    row{failure::permission, fault::call, next_step::login, pace::none, false, false, trouble_id::login},
    row{failure::login, fault::login, next_step::login, pace::none, false, false, trouble_id::login},
    row{failure::retired, fault::endpoint, next_step::retired, pace::none, false, false, trouble_id::retired},
    row{failure::other_host, fault::endpoint, next_step::other_host, pace::none, false, false, trouble_id::hostname},
};

failure failure_of_remedy(qualys::remedy remedy, unsigned status)
{
    switch (remedy)
    {
        // A gateway that gave up may have waited for a page that is too large: only there asking for less may help.
        case qualys::remedy::back_off:
            return status == 502 || status == 504 ? failure::gateway : failure::unavailable;
        case qualys::remedy::later:
            return failure::maintenance;
        case qualys::remedy::wait:
            return failure::rate_limit;
        case qualys::remedy::short_wait:
            return failure::concurrency;
        case qualys::remedy::next_period:
            return failure::request;
        case qualys::remedy::login:
            return failure::login;
        case qualys::remedy::permission:
            return failure::permission;
        case qualys::remedy::other_version:
            return failure::retired;
        case qualys::remedy::other_host:
            return failure::other_host;
    }
    return failure::unavailable;
}

/// What the decoders found in an answer that came.
failure failure_of_document(errc code)
{
    switch (code)
    {
        case errc::body_cut:
        case errc::root_not_closed:
            return failure::cut;
        case errc::unexpected_root:
        case errc::not_a_document:
            return failure::other_document;
        case errc::cursor_stands_still:
            return failure::hopeless;
        case errc::record_too_large:
            return failure::record_too_large;
        case errc::host_unknown:
            return failure::record_unknown;
        default:
            return failure::malformed;
    }
}

/// Sockets, system calls and name look-ups; what is left has been said by a library about bytes that came.
bool is_of_transport(const error_code& code)
{
    return code.category() == boost::system::system_category() ||
           code.category() == boost::asio::error::get_misc_category();
}

failure failure_of(const page_outcome& page)
{
    // Somebody answered, and refused: code and status tell (qualys/refusal).
    if (page.failure == errc::refused)
        return failure_of_remedy(qualys::judge(page.refusal).what, page.refusal.status);
    const bool late = page.failure == boost::asio::error::timed_out;
    // The request never got there whole, so the fault is on the way and not in what was asked.
    if (page.stage <= call_stage::sending)
        return late ? failure::network_timeout : failure::unreachable;
    // It got there, and then nothing came: before the first byte, or in the middle.
    if (late)
        return page.stage == call_stage::first_byte ? failure::no_answer : failure::stalled;
    // The decoders could not go on with what came.
    if (page.failure.category() == collector_category())
        return failure_of_document(static_cast<errc>(page.failure.value()));
    // A library's error about bytes that came is about their form; one of a socket means that they stopped coming.
    return is_of_transport(page.failure) ? failure::cut : failure::malformed;
}

const row& row_of(failure cause)
{
    // Every failure has its row, so there is always one.
    return *std::find_if(table.begin(), table.end(), [cause](const row& line) { return line.what == cause; });
}

std::chrono::milliseconds stretched(std::chrono::milliseconds wait, double jitter)
{
    const auto count = static_cast<double>(wait.count());
    return wait + std::chrono::milliseconds(static_cast<std::int64_t>(count * jitter / 10));
}

std::chrono::milliseconds wait_of(pace pace, std::chrono::milliseconds least, std::uint32_t attempt, double jitter)
{
    switch (pace)
    {
        case pace::none:
            return 0ms;
        // Never earlier than asked; the extra tenth keeps services that wait for the same moment apart.
        case pace::doubling:
            return std::max(backoff_delay(attempt, 1s, 60s, jitter), stretched(least, jitter));
        case pace::as_asked:
            return least == 0ms ? backoff_delay(attempt, 1s, 60s, jitter) : stretched(least, jitter);
    }
    return 0ms;
}

/// A time limit has one code, and many meanings.
std::string words_of(const page_outcome& page)
{
    if (page.failure != boost::asio::error::timed_out)
        return page.failure.message();
    if (page.stage == call_stage::look_up)
        return "the name was not found in time";
    if (page.stage <= call_stage::sending)
        return "no connection in time";
    return page.stage == call_stage::first_byte ? "no answer in time" : "nothing more came in time";
}

std::string cause_of(const page_outcome& page)
{
    if (page.failure == errc::refused)
        return qualys::describe(page.refusal) + " (" + qualys::judge(page.refusal).meaning + ')';
    auto cause = (page.status != 0 ? "HTTP " + std::to_string(page.status) + ", " : "") + words_of(page);
    if (!page.detail.empty())
        cause += " (" + page.detail + ')';
    return cause;
}

}  // namespace

std::string_view name(fault fault_kind)
{
    switch (fault_kind)
    {
        case fault::record:
            return "record";
        case fault::answer:
            return "answer";
        case fault::call:
            return "call";
        case fault::endpoint:
            return "endpoint";
        case fault::login:
            return "login";
        case fault::platform:
            return "platform";
        case fault::network:
            break;
    }
    return "network";
}

decision decide(const page_outcome& page, std::uint32_t attempt, double jitter)
{
    // What kind of failure it is decides nearly everything; its row says how.
    const auto& line = row_of(failure_of(page));
    decision made;
    made.step = line.step;
    made.whose = line.whose;
    // Only a refusal can name a time to wait; it bounds the wait from below.
    if (page.failure == errc::refused && line.step == next_step::retry)
        made.least = qualys::asked_wait(page.refusal).value_or(0s);
    made.wait = wait_of(line.wait, made.least, attempt, jitter);
    made.cause = cause_of(page);
    made.id = line.id;
    made.smaller = line.smaller;
    made.elsewhere = line.elsewhere;
    // These two are for the neighbours: what other lanes and services at this endpoint should do.
    made.crowded = line.what == failure::concurrency;
    made.endpoint = line.whose == fault::endpoint && line.step == next_step::retry;
    return made;
}

light_verdict judge_light_call(const page_outcome& light)
{
    if (!light.failure)
        return light_verdict::good;
    // What answers there is not the API: a user interface, or a portal in between.
    if (light.failure == errc::not_a_document)
        return light_verdict::other_host;
    // The network is at fault, or the answer was cut: that says nothing about login or host.
    if (light.failure != errc::refused)
        return light_verdict::unknown;
    switch (qualys::judge(light.refusal).what)
    {
        // It is the smallest call there is: where even this one is not permitted, the login counts as refused.
        case qualys::remedy::login:
        case qualys::remedy::permission:
            return light_verdict::login_refused;
        // It has no version that could be gone: a server that does not know its address is not the API's.
        case qualys::remedy::other_version:
        case qualys::remedy::other_host:
            return light_verdict::other_host;
        // A limit, or maintenance: nothing about login or host.
        default:
            return light_verdict::unknown;
    }
}

std::string hostname_advice(std::string_view input)
{
    return fmt::format(
        "The key inputs.{}.credentials.hostname has to name the API server of the account's platform, as qualysapi."
        "qg2.apps.qualys.com, not its user interface or a gateway",
        input
    );
}

std::string permission_advice(std::string_view service)
{
    const auto* const kind = services::find_kind(service);
    if (kind == nullptr || kind->permission.empty())
        return "have an administrator of Qualys grant this account API access and the permission";
    return fmt::format("have an administrator of Qualys grant this account the {}", kind->permission);
}

std::string version_advice(std::string_view input, std::string_view endpoint)
{
    return fmt::format(
        "The version of the API may be retired: the key inputs.{}.api_versions.{} says which one is asked, set it "
        "to auto, or to a newer one",
        input,
        endpoint
    );
}

}  // namespace qdc::collect
