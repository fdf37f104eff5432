#include "support/made_up_report.hpp"

#include <cstdlib>

namespace qdc::test
{
namespace
{

using namespace std::chrono_literals;

/// Counters that grow a little unevenly, as real ones do.
std::uint64_t grown(std::chrono::seconds running, double per_second)
{
    const auto wave = [at = running.count()](long length)
    { return static_cast<double>(std::abs(at % length - length / 2)); };
    const auto seconds = static_cast<double>(running.count());
    return static_cast<std::uint64_t>(per_second * (seconds + 0.25 * wave(40) + 0.25 * wave(14)));
}

receipt cycle(utc_time started, std::chrono::seconds took, std::uint64_t events)
{
    receipt out;
    out.pulling_id = epoch_millis(started);
    out.started = started;
    out.ended = started + took;
    out.window_from = started - 61min;
    out.window_until = started - 1min;
    out.requests = 4;
    out.pages = 3;
    out.received = events + 2;
    out.duplicate = 2;
    out.sent = events;
    out.confirmed = events;
    out.bytes = 180 * events;
    out.outcome = "complete";
    return out;
}

void count_events(service_report& of, std::chrono::seconds running, double per_second)
{
    of.events_sent = grown(running, per_second);
    of.events_confirmed = of.events_sent - of.events_sent / 50;
    of.events_duplicate = of.events_sent / 400;
    of.events_received = of.events_sent + of.events_duplicate;
    of.received_bytes = of.events_sent * 412;
    of.pages = of.events_sent / 900;
}

service_report detections(utc_time now, std::chrono::seconds running)
{
    service_report of;
    of.input = "qualys";
    of.service = "host_list_detection";
    of.phase = service_phase::pulling;
    of.doing = "reads the answer of host_list_detection";
    count_events(of, running, 8400);
    of.clock_skew_seconds = -1.5;
    of.unknown_elements = 3;
    of.replaced_characters = 17;
    of.requests = {{{"host_list_detection", 200}, of.pages}, {{"host_list_detection", 0}, 1}};
    of.errors = {{"connection", 1}, {"refused", 2}};
    of.waited_seconds = {{"concurrency", 12.5}, {"quota", 0}};
    of.cycles = {{"complete", 41}, {"partial", 1}};
    of.cycle_seconds.observe(52.25);
    of.cycle_seconds.observe(1204);
    of.checkpoint = now - 4s;
    of.last_success = now - 28min;
    of.watermark = now - 31min;
    of.page_size = 1000;
    of.lanes = 4;
    of.position = "host 4411873";
    of.quarantined = {
        {"host", "884213", now - 26h, "its answer is cut at 64 MiB, three times"},
        {"host", "10291", now - 40min, "code 999: Internal error"},
    };
    of.failing = true;
    of.failure = trouble_id::concurrency_limit;
    of.period = 1h;
    of.last_errors = {
        {now - 50s, 3, "HTTP 409, code 1960: <script>alert(1)</script> waits 30 s", trouble_id::concurrency_limit}};
    of.running = cycle(now - 95s, 0s, 210433);
    of.running->ended = {};
    of.running->outcome.clear();
    of.last = cycle(now - 30min, 122s, 188120);
    return of;
}

service_report hosts(utc_time now, std::chrono::seconds running)
{
    service_report of;
    of.input = "qualys";
    of.service = "host_list";
    of.phase = service_phase::resting;
    of.doing = "rests until the next cycle";
    of.until = now + 172s;
    count_events(of, running, 12);
    of.requests = {{{"host_list", 200}, 44}};
    of.cycles = {{"complete", 40}};
    of.cycle_seconds.observe(14);
    of.checkpoint = of.last_success = now - 128s;
    of.watermark = now - 188s;
    of.page_size = 1000;
    of.last = cycle(now - 142s, 14s, 96);
    return of;
}

service_report scans(utc_time now)
{
    service_report of;
    of.input = "qualys";
    of.service = "vm_scans";
    of.phase = service_phase::waiting;
    of.doing = "waits for the calls of this subscription";
    of.until = now + 1260s;
    of.cycles = {{"complete", 6}};
    of.checkpoint = of.last_success = now - 16min;
    of.watermark = now - 17min;
    of.waited_seconds = {{"quota", 2240}};
    return of;
}

service_report refused(utc_time now)
{
    service_report of;
    of.input = "qualys-eu";
    of.service = "user_activity";
    of.phase = service_phase::refused;
    of.failing = true;
    of.failure = trouble_id::login;
    of.period = 300s;
    of.doing = "its login was refused; tries again later, or when the configuration changes";
    of.until = now + 3min;
    of.cycles = {{"login", 2}};
    of.requests = {{{"user_activity", 401}, 2}};
    of.errors = {{"login", 2}};
    of.last_errors = {
        {now - 120s,
         2,
         "HTTP 401, code 2000: the user name or password of qualys-eu is wrong. Mend it and reload",
         trouble_id::login}};
    of.last = cycle(now - 121s, 1s, 0);
    of.last->outcome = "login";
    of.last->why = "HTTP 401, code 2000: the user name or password is wrong";
    of.last->received = of.last->duplicate = 0;
    return of;
}

service_report starting()
{
    service_report of;
    of.input = "qualys-eu";
    of.service = "host_list";
    of.doing = "reads its checkpoint";
    return of;
}

service_report stopped(utc_time now)
{
    service_report of;
    of.input = "qualys-eu";
    of.service = "vm_scans";
    of.phase = service_phase::stopped;
    of.doing = "its state could not be read";
    of.last_errors = {
        {now - 3h, 1, "The state file is damaged and so is the one before it", trouble_id::state_damaged}};
    of.state_fallbacks = 1;
    return of;
}

quota_report quota(std::string endpoint, std::uint64_t remaining)
{
    return {"qualys", std::move(endpoint), 300, remaining, 3600, 2, 1, {}, ""};
}

std::vector<output_report> outputs(utc_time now, std::chrono::seconds running)
{
    output_report devo;
    devo.output = "devo";
    devo.address = "collector-eu.devo.io:443";
    devo.connected = true;
    devo.connections = 212;
    devo.failures = 1;
    devo.sent_events = grown(running, 8412);
    devo.sent_bytes = devo.sent_events * 923;
    devo.unconfirmed_bytes = 3145728 + grown(running, 1) % 7 * 262144;
    devo.confirm_seconds.observe(0.031);
    devo.confirm_seconds.observe(0.4);
    output_report away;
    away.output = "archive";
    away.address = "syslog.example.com:6514";
    away.failures = 9;
    away.spell = {std::chrono::steady_clock::time_point(), 9};
    away.unconfirmed_bytes = 8388608;
    away.unconfirmed_since = std::chrono::steady_clock::time_point(-40min);
    away.last_errors = {
        {now - 9s,
         9,
         "syslog.example.com:6514: connection refused; tries again in 32 s",
         trouble_id::output_unreachable}};
    return {devo, away};
}

}  // namespace

collector_report made_up_report(utc_time now, std::chrono::seconds running)
{
    collector_report all;
    all.now = now;
    all.started = now - running;
    all.ready = true;
    all.services = {detections(now, running), hosts(now, running), scans(now), refused(now), starting(), stopped(now)};
    all.quotas = {quota("host_list_detection", 241), quota("host_list", 255), quota("scan_list", 0)};
    all.quotas.back().blocked_until = now + 1260s;
    all.quotas.back().reason = "the calls of this hour are used up";
    all.outputs = outputs(now, running);
    all.certificates = {
        {"devo", "domain.crt", now + 24h * 11},
        {"devo", "chain.crt", now + 24h * 900},
        {"devo", "chain.crt", now + 24h * 400}};
    all.loop_lag.observe(0.0004);
    all.loop_lag.observe(0.002);
    all.log_dropped = 2;
    all.reloaded = now - 5h;
    return all;
}

collector_report quiet_report(utc_time now, std::chrono::seconds running)
{
    auto all = made_up_report(now, running);
    all.services.resize(2);
    auto& busy = all.services.front();
    busy.quarantined.clear();
    busy.last_errors.clear();
    busy.failing = false;
    busy.watermark = now - 3min;
    busy.last_success = now - 2min;
    all.quotas.pop_back();
    all.outputs.pop_back();
    all.certificates.erase(all.certificates.begin());
    return all;
}

collector_report fresh_report(utc_time now)
{
    collector_report all;
    all.now = now;
    all.started = now - 1s;
    all.services = {starting()};
    all.outputs.emplace_back().output = "devo";
    all.outputs.back().address = "collector-eu.devo.io:443";
    return all;
}

}  // namespace qdc::test
