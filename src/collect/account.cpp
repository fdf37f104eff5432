#include "collect/account.hpp"

#include "base/count_of.hpp"
#include "collect/receipt_text.hpp"
#include "collect/watched_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace qdc::collect
{

using namespace std::chrono_literals;

namespace
{

double seconds(time_source::duration span)
{
    return std::chrono::duration<double>(span).count();
}

/// What the report has counted so far, as a receipt does.
receipt totals(const service_report& report)
{
    receipt all;
    all.pages = report.pages;
    all.received = report.events_received;
    all.duplicate = report.events_duplicate;
    all.sent = report.events_sent;
    all.confirmed = report.events_confirmed;
    all.bytes = report.received_bytes;
    return all;
}

}  // namespace

account::account(service_report& report, const services::service& service, time_source& time, const log_origin& log)
    : report_(report),
      service_(service),
      time_(time),
      log_(log)
{
}

void account::login_proven()
{
    // The set-up ends once only.
    if (!setup_)
        return;
    setup_->log.info("Setup for module <" + setup_->module + "> has been successfully executed");
    setup_.reset();
}

void account::took_up(const loaded_state& saved)
{
    // After a restart the status shows how old the data is, and not that nothing is known.
    if (saved.saved_at)
        report_.checkpoint = saved.saved_at;
    if (saved.last_success)
        report_.last_success = saved.last_success;
    if (const auto mark = service_.watermark())
        report_.watermark = mark;
}

void account::cycle_begins(utc_time now)
{
    // What came up since the last cycle belongs to none: it is counted first, so that the new receipt begins at zero.
    refresh();
    before_ = totals(report_);
    filtered_ = 0;
    began_ = time_.now();
    news_ = false;
    // The cycle's name is the moment at which it began, in milliseconds: 2024-01-10 09:45:00 is 1704879900000.
    cycle_ = {};
    cycle_.pulling_id = epoch_millis(now);
    cycle_.started = now;
    const auto asked = service_.window();
    cycle_.window_from = asked.from;
    cycle_.window_until = asked.until;
    // From here on the status shows a service that works.
    report_.phase = service_phase::pulling;
    in_cycle_ = true;
    report_.doing.clear();
    report_.until.reset();
    report_.moved = time_.now();
    refresh();
}

void account::calling()
{
    ++cycle_.requests;
    // The next wait is another one, and is logged again.
    logged_hold_.reset();
    report_.phase = service_phase::pulling;
    report_.until.reset();
}

void account::answered(const qualys::endpoint& endpoint, const page_outcome& page)
{
    ++report_.requests[{std::string(qualys::name(endpoint)), page.status}];
    report_.received_bytes += page.bytes;
    refresh();
}

void account::page_came(bool logged)
{
    ++report_.pages;
    // A complete page ends every trouble.
    works_again();
    report_.moved = time_.now();
    refresh();
    // The official collector's line for each page; a service that has said more already goes without.
    if (!logged)
        log_statistics("(Partial) ");
}

void account::clock(std::chrono::duration<double> skew, std::chrono::seconds tolerance)
{
    report_.clock_skew_seconds = skew.count();
    report_.clock_tolerance_seconds = static_cast<double>(tolerance.count());
}

lane_wait::lane_wait(account& owner, account_wait wait)
    : owner_(owner),
      own_(owner.waits_.insert(owner.waits_.end(), std::move(wait)))
{
    owner_.show_phase();
}

lane_wait::~lane_wait()
{
    // A pause of minutes is over: what follows does not stand still since then.
    if (own_->phase == service_phase::refused)
        owner_.report_.moved = owner_.time_.now();
    owner_.waits_.erase(own_);
    owner_.show_phase();
}

/// Of a cycle under way: it waits when all of its lanes do.
void account::show_phase()
{
    if (!report_.calls.empty() || waits_.empty())
    {
        report_.phase = service_phase::pulling;
        report_.until.reset();
        return;
    }
    const auto& next = *std::ranges::min_element(waits_, {}, &account_wait::until);
    report_.phase = next.phase;
    report_.doing = next.doing;
    report_.until = next.until;
}

lane_wait account::waits(const call_hold& hold)
{
    const auto until = time_.wall_time(hold.until);
    // Several lanes wait for the same thing, and look again and again: one line for all of that.
    const bool known = logged_hold_ && hold.until <= *logged_hold_ + 1s;
    if (!known && hold.until - time_.now() >= 1s && hold.reason != "concurrency")
    {
        logged_hold_ = hold.until;
        news_ = true;
        log_.info(fmt::format(
            "{} {}; next call at {}, in {:.0f} s",
            report_.service,
            hold.text,
            utc_seconds(until),
            seconds(hold.until - time_.now())
        ));
    }
    // The input pauses because its login was refused; the moment in which a first call shows whether it is good is none.
    const bool refused = hold.reason == "login" && hold.until - time_.now() >= 1s;
    return {*this, {hold.text, until, refused ? service_phase::refused : service_phase::waiting}};
}

lane_wait account::waits_for_next_try(const std::string& cause, time_source::time_point until)
{
    return {*this, {"waits for its next try: " + cause, time_.wall_time(until)}};
}

void account::waited(std::string_view reason, time_source::duration span)
{
    if (span > 0s)
        report_.waited_seconds[std::string(reason)] += seconds(span);
}

void account::pauses(service_phase phase, std::string doing, time_source::time_point until)
{
    report_.phase = phase;
    report_.doing = std::move(doing);
    report_.until = time_.wall_time(until);
}

void account::failed(trouble_id id, const std::string& text)
{
    // Counted for the metrics, kept in words for the status page, and remembered as the beginning of a row of failures.
    ++report_.errors[std::string(name(id))];
    report_.failing = true;
    report_.failure = id;
    report_.spell.failed(time_.now());
    note_error(report_.last_errors, time_.utc_now(), id, text);
}

void account::failed_alone()
{
    // Other calls that failed before it are a trouble of their own, and its end is logged.
    if (report_.spell.failures > 1)
        return;
    report_.failing = false;
    report_.spell.over();
}

/// The end of a trouble is worth a line.
void account::works_again()
{
    report_.failing = false;
    const auto spell = report_.spell.over();
    if (!spell.since)
        return;
    log_.info(fmt::format(
        "{}: Qualys answers again, after {:.0f} s and {}",
        service_.name(),
        seconds(time_.now() - *spell.since),
        count_of(spell.failures, "failed call")
    ));
}

bool account::has_news() const
{
    const auto cycle = current();
    // Events that are neither known already nor filtered out, a wait or its end that was logged, or a trouble.
    return cycle.received != cycle.duplicate + cycle.filtered || news_ || report_.failing;
}

receipt account::current() const
{
    auto so_far = cycle_;
    // The report's counters run on over all cycles: what is this cycle's is the difference to its beginning.
    const auto now = totals(report_);
    so_far.pages = now.pages - before_.pages;
    so_far.received = now.received - before_.received;
    so_far.filtered = filtered_;
    so_far.duplicate = now.duplicate - before_.duplicate;
    so_far.sent = now.sent - before_.sent;
    so_far.confirmed = now.confirmed - before_.confirmed;
    so_far.bytes = now.bytes - before_.bytes;
    return so_far;
}

batch account::receipt_event(std::string_view outcome, const receipt_place& place)
{
    refresh();
    auto cycle = current();
    cycle.outcome = outcome;
    // It is sent as if confirmed already: whoever reads it at Devo knows that everything in front of it is there.
    auto described = report_;
    described.watermark = service_.watermark();
    batch out;
    out.frames = receipt_frame(receipt_json(cycle, described), place.host, place.tag, time_.utc_now());
    return out;
}

void account::cycle_ends(std::string_view outcome, std::string reason)
{
    refresh();
    // The counters of metrics first …
    ++report_.cycles[std::string(outcome)];
    report_.cycle_seconds.observe(seconds(time_.now() - began_));
    // … then the receipt, which from now on does not change any more …
    cycle_ = current();
    cycle_.ended = time_.utc_now();
    cycle_.outcome = outcome;
    cycle_.why = std::move(reason);
    const bool good = outcome == "complete" || outcome == "partial";
    if (good)
    {
        report_.last_success = cycle_.ended;
        works_again();
    }
    report_.last = cycle_;
    report_.running.reset();
    in_cycle_ = false;

    // … and last the log: the official collector's lines, and ours with the receipt.
    log_statistics("");
    if (good)
        log_.info("The data is up to date!");
    log_.info(receipt_text(cycle_), receipt_fields(cycle_, report_));
    log_.info(fmt::format("Data collection completed. Elapsed time: {:.3f} seconds", seconds(time_.now() - began_)));
}

void account::refresh()
{
    // The service counts since it was made, the report since the program started: only what is new is added.
    const auto now = service_.counts();
    report_.events_received += now.received - synced_.received;
    report_.events_duplicate += now.duplicate - synced_.duplicate;
    report_.unknown_elements += now.unknown_elements - synced_.unknown_elements;
    report_.replaced_characters += now.replaced_characters - synced_.replaced_characters;
    report_.cut_fields += now.cut_fields - synced_.cut_fields;
    filtered_ += now.filtered - synced_.filtered;
    for (const auto& [change, count] : now.changes)
        report_.changes[change] += count - std::exchange(synced_.changes[change], count);
    // These two are no counters: they show how many there are now.
    report_.findings_known = now.findings_known;
    report_.kb_misses += now.kb_misses - synced_.kb_misses;
    report_.kb_entries = now.kb_entries;
    note_names(now.unknown_names.noted());
    synced_ = now;
    report_.position = service_.position();
    // The list of the quarantine is short and may shrink, so it is copied each time.
    report_.quarantined.clear();
    for (auto& record : service_.in_quarantine())
        report_.quarantined.push_back(
            {std::move(record.kind), std::move(record.id), record.since, std::move(record.reason)}
        );
    report_.page_size = service_.records_per_page();
    // Only in a cycle: a pause has its own words, and so has a wait before the first cycle.
    if (!in_cycle_)
        return;
    const bool at_work = report_.phase == service_phase::pulling || report_.phase == service_phase::waiting;
    if (at_work || !waits_.empty())
    {
        show_phase();
        report_.running = current();
    }
    if (report_.phase == service_phase::pulling)
        report_.doing = pulling_text(report_, time_.now());
}

/// Names that came together stand in one line. They are known again after a reload.
void account::note_names(const std::vector<std::string>& noted)
{
    constexpr std::size_t most = 20;
    auto& known = report_.unknown_names;
    std::string fresh;
    for (const auto& words : noted)
    {
        // Only the first twenty: a changed answer of Qualys must fill neither the log nor the report.
        if (known.size() == most || std::ranges::find(known, words) != known.end())
            continue;
        fresh += (fresh.empty() ? "" : ", ") + words;
        known.push_back(words);
    }
    if (!fresh.empty())
        log_.warning(
            trouble_id::unknown_names,
            fmt::format(
                "The answers of {} hold what is not documented: {}. Each such name is said once; unless it says "
                "otherwise, the value is delivered",
                service_.name(),
                fresh
            )
        );
}

void account::log_statistics(const char* prefix) const
{
    const auto now = current();
    const auto sent = now.received - now.duplicate - now.filtered;
    const auto elapsed = seconds(time_.now() - began_);
    auto text = fmt::format(
        "{}Statistics for this pull cycle (@devo_pulling_id={}):Number of requests made: {}; Number of events "
        "received: {}; Number of duplicated events filtered out: {}; Number of events generated and sent: {}; "
        "Average of events per second: {:.3f}.",
        prefix,
        now.pulling_id,
        now.requests,
        now.received,
        now.duplicate,
        sent,
        elapsed > 0 ? static_cast<double>(sent) / elapsed : 0.0
    );
    log_.info(std::move(text), {{"pulling_id", now.pulling_id}});
}

}  // namespace qdc::collect
