#include "status/attention.hpp"

#include "support/made_up_report.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace qdc;
using namespace std::chrono_literals;

namespace
{

const utc_time now = std::chrono::sys_days(std::chrono::year(2024) / 1 / 10) + 9h + 47min + 8s;
const std::chrono::steady_clock::time_point steady_now(10h);

/// One service at work with everything in order; `service` and `all` may be changed.
struct scene
{
    scene()
    {
        all.now = now;
        all.steady_now = steady_now;
        all.ready = true;
        service.input = "qualys";
        service.service = "host_list";
        service.phase = service_phase::pulling;
        service.moved = steady_now - 1s;
        service.watermark = now - 5min;
        service.requests = {{{"host_list", 200U}, 1U}};
    }

    std::vector<status::trouble> found()
    {
        all.services = {service};
        return status::troubles_of(all);
    }

    std::string shown()
    {
        all.services = {service};
        const auto found = status::troubles_of(all);
        const auto head = status::headline_of(all, found);
        auto text = std::string(head.level) + ": " + head.text;
        for (const auto& one : found)
            text += " | " + std::string(status::level_of(one)) + ' ' + one.who + ": " + one.text;
        return text;
    }

    service_report service;
    collector_report all;
};

/// An output that is away, with events that wait for it.
output_report failing_output()
{
    output_report away;
    away.output = "devo";
    away.unconfirmed_bytes = 100;
    away.spell = {steady_now - 1min, 1};
    away.last_errors = {{now - 1min, 1, "Connection refused", trouble_id::output_lost}};
    return away;
}

receipt ended(std::string outcome, std::string why)
{
    receipt out;
    out.outcome = std::move(outcome);
    out.why = std::move(why);
    return out;
}

}  // namespace

TEST_CASE("attention: up to date is good, catching up is calm")
{
    scene at;
    CHECK(at.shown() == "good: The service is up to date");
    at.service.watermark = now - 5h;
    CHECK(at.shown() == "calm: All is well; host_list is catching up");
    at.service.watermark.reset();
    CHECK(at.shown() == "calm: All is well; host_list is catching up");
    at.service.phase = service_phase::waiting;
    at.service.until = now + 5min;
    CHECK(at.shown() == "calm: All is well; host_list is waiting");
}

TEST_CASE("attention: a call without a byte for a minute is no green matter, whatever else moves")
{
    for (const auto wait : {call_wait::first_byte, call_wait::next_byte})
    {
        scene at;
        at.service.doing = "waits for the first byte of Qualys' answer, for 60 s";
        at.service.calls = {{wait, steady_now - 59s}, {call_wait::outputs, steady_now}};
        CHECK(at.shown() == "good: The service is up to date");
        at.service.calls.front().since -= 1s;
        CHECK(
            at.shown() ==
            "warn: 1 needs attention: host_list | warn host_list: waits for the first byte of Qualys' answer, for 60 s"
        );
    }
}

TEST_CASE("attention: catching up is said only while something moves")
{
    scene at;
    at.service.watermark.reset();
    at.service.doing = "waits for Devo to confirm 5 events, for 61 s";
    at.service.calls = {{call_wait::outputs, steady_now - 61s}};
    CHECK(at.shown().starts_with("calm: "));  // confirmations come
    at.service.moved = steady_now - 61s;
    CHECK(
        at.shown() ==
        "warn: 1 needs attention: host_list | warn host_list: waits for Devo to confirm 5 events, for 61 s"
    );
    at.service.phase = service_phase::resting;  // nothing has to move
    at.service.calls.clear();
    at.service.watermark = now - 5min;
    CHECK(at.shown().starts_with("good: "));
}

TEST_CASE("attention: an output that is away is one trouble, however many services wait for it")
{
    scene at;
    at.service.unconfirmed_events = 5;
    at.service.moved = steady_now - 61s;
    at.service.doing = "waits for Devo to confirm 5 events, for 61 s";
    at.all.services = {at.service, at.service, at.service};
    at.all.services.back().calls = {{call_wait::outputs, steady_now - 61s}};
    at.all.outputs = {failing_output()};
    auto found = status::troubles_of(at.all);
    REQUIRE(found.size() == 1);
    CHECK(found[0].part == "output devo");
    CHECK(found[0].id == trouble_id::output_lost);

    // Connected again, and silent: still one cause.
    at.all.outputs[0].connected = true;
    at.all.outputs[0].spell = {};
    found = status::troubles_of(at.all);
    REQUIRE(found.size() == 1);
    CHECK(found[0].part == "output devo");
    CHECK(found[0].id == trouble_id::standstill);

    // What waits for Qualys meanwhile has a cause of its own.
    at.all.services.back().calls = {{call_wait::first_byte, steady_now - 61s}};
    at.all.services.back().doing = "waits for the first byte of Qualys' answer, for 61 s";
    CHECK(status::troubles_of(at.all).size() == 2);
}

TEST_CASE("attention: an output that confirms nothing is bad, with the id and the words of the log")
{
    scene at;
    auto output = failing_output();
    output.connected = true;
    output.last_errors = {{now - 10s, 1, "did not answer; set `confirm: tcp`", trouble_id::never_closed}};
    at.all.outputs = {output};
    CHECK(at.shown() == "warn: 1 needs attention: devo | warn devo: did not answer; set `confirm: tcp`");
    at.all.outputs[0].spell.failures = 2;
    CHECK(at.shown() == "bad: 1 needs attention: devo | bad devo: did not answer; set `confirm: tcp`");
    CHECK(at.found()[0].id == trouble_id::never_closed);
    // It is the reason too that services stand still.
    at.service.moved = steady_now - 61s;
    CHECK(at.found().size() == 1);
    // The first confirmation ends it, however young the error is.
    at.all.outputs[0].spell = {};
    at.service.moved = steady_now;
    CHECK(at.shown().starts_with("good: "));
}

TEST_CASE("attention: an output that was idle after a loss needs no attention for long")
{
    scene at;
    auto output = failing_output();
    output.unconfirmed_bytes = 0;
    at.all.outputs = {output};
    CHECK(at.found().size() == 1);
    at.all.outputs[0].last_errors.front().last = now - 10min;
    CHECK(at.found().empty());
}

TEST_CASE("attention: a service that waits for what others sent has no trouble of its own beside the output's")
{
    scene at;
    at.service.moved = steady_now - 61s;
    at.all.services = {at.service, at.service};
    at.all.outputs = {failing_output()};
    CHECK(status::troubles_of(at.all).size() == 1);
    at.all.outputs[0].connected = true;
    at.all.outputs[0].spell = {};
    auto found = status::troubles_of(at.all);
    REQUIRE(found.size() == 1);
    CHECK(found[0].part == "output devo");
    // One that goes on taking is slow, and one that has nothing to confirm holds up nobody.
    at.all.outputs[0].moved = steady_now - 9s;
    CHECK(status::troubles_of(at.all).empty());
    at.all.outputs[0].moved = {};
    at.all.outputs[0].unconfirmed_bytes = 0;
    CHECK(status::troubles_of(at.all).front().part != "output devo");
}

TEST_CASE("attention: a failed try is not hidden by the silence of the next one")
{
    scene at;
    at.service.doing = "waits for a connection to Qualys, for 29 s";
    at.service.moved = steady_now - 148s;
    at.service.failing = true;
    at.service.spell = {steady_now - 148s, 4};
    at.service.last_errors = {
        {now, 1, "The checkpoint could not be saved", trouble_id::checkpoint_unsaved},
        {now - 6s, 4, "no connection in time", trouble_id::connection}};
    CHECK(at.shown().ends_with("| warn host_list: no connection in time (4 failures within 2 min)"));
    CHECK(at.found()[0].id == trouble_id::connection);
}

TEST_CASE("attention: a service that waits for its store says so from the first failure on")
{
    scene at;
    at.service.phase = service_phase::waiting;
    at.service.until = now + 1s;
    at.service.failing = true;
    at.service.last_errors = {{now, 1, "waits for its store", trouble_id::store_unusable}};
    CHECK(at.shown() == "warn: 1 needs attention: host_list | warn host_list: waits for its store");
    CHECK(at.found()[0].id == trouble_id::store_unusable);
    at.service.phase = service_phase::stopped;
    CHECK(at.found()[0].id == trouble_id::store_unusable);
    at.service.failing = false;
    CHECK(at.found()[0].id == trouble_id::state_damaged);
}

TEST_CASE("attention: all is not well before Qualys has answered anything")
{
    scene at;
    at.service.requests.clear();
    CHECK(at.shown() == "calm: Starting: Qualys has not answered yet");
    at.service.phase = service_phase::resting;
    CHECK(at.shown().starts_with("good: "));
}

TEST_CASE("attention: a service that waits for the disk says so once")
{
    scene at;
    at.service.unconfirmed_events = 5;
    at.service.moved = steady_now - 61s;
    at.service.doing = "waits for the disk";
    at.service.save_failure = "No space left on device";
    const auto found = at.found();
    REQUIRE(found.size() == 1);
    CHECK(found[0].id == trouble_id::checkpoint_unsaved);
}

TEST_CASE("attention: each trouble has its id, that of an error among them")
{
    scene at;
    at.service.failing = true;
    at.service.last_errors = {{now - 1min, 1, "HTTP 503", trouble_id::unavailable}};
    at.service.quarantined = {{"host", "7", now, "cut"}};
    at.all.reload_failure = "config.yaml line 3";
    const auto found = at.found();
    REQUIRE(found.size() == 3);
    CHECK(found[1].text == "1 host cannot be fetched");
    CHECK(found[0].id == trouble_id::unavailable);
    CHECK(found[1].id == trouble_id::quarantine);
    CHECK(found[2].id == trouble_id::reload_refused);
}

TEST_CASE("attention: a row that cannot be read is stepped over, nothing tries it again")
{
    scene at;
    at.service.quarantined = {{"row", "line 3", now, "malformed"}};
    const auto found = at.found();
    REQUIRE(found.size() == 1);
    CHECK(found[0].text == "1 row cannot be read, and is stepped over");
}

TEST_CASE("attention: certificate files that cannot be taken over are shown, while the old ones go on")
{
    scene at;
    output_report output;
    output.output = "devo_1";
    output.connected = true;
    output.certificate_fault = "the key k.pem is of another pair";
    at.all.outputs.push_back(output);
    const auto found = at.found();
    REQUIRE(found.size() == 1);
    CHECK(found[0].id == trouble_id::certificate);
    CHECK(found[0].part == "output devo_1");
    CHECK(found[0].text.find("k.pem is of another pair") != std::string::npos);
}

TEST_CASE("attention: an error stays until the next success, however long that takes")
{
    scene at;
    at.service.failing = true;
    at.service.last_errors = {{now - 30h, 7, "HTTP 503"}};
    CHECK(at.shown() == "warn: 1 needs attention: host_list | warn host_list: HTTP 503");
    at.service.last_success = now - 1h;  // of a clock that was wrong: it decides nothing
    CHECK(at.shown().starts_with("warn: "));
    at.service.failing = false;
    CHECK(at.shown().starts_with("good: "));
}

TEST_CASE("attention: a cycle that ended badly stays until one ends well")
{
    scene at;
    at.service.last = ended("failed", "HTTP 403");
    CHECK(at.shown() == "warn: 1 needs attention: host_list | warn host_list: its last cycle: failed. HTTP 403");
    at.service.phase = service_phase::resting;
    CHECK(at.shown() == "bad: 1 needs attention: host_list | bad host_list: its last cycle: failed. HTTP 403");
    at.service.last = ended("partial", "1 host is in quarantine");
    CHECK(at.shown().starts_with("good: "));
}

TEST_CASE("attention: a refused reload stays until one is taken")
{
    scene at;
    at.all.reload_failure = "config.yaml line 3";
    CHECK(
        at.shown() == "warn: 1 needs attention: reload | warn reload: refused, the old configuration goes on: "
                      "config.yaml line 3"
    );
}

TEST_CASE("attention: a checkpoint that cannot be saved is bad though all else moves")
{
    scene at;
    at.service.save_failure = "No space left on device";
    CHECK(
        at.shown() ==
        "bad: 1 needs attention: host_list | bad host_list: its checkpoint cannot be saved: No space left "
        "on device"
    );
}

TEST_CASE("attention: a clock that differs by more than the settle delay is told, and in which direction")
{
    scene at;
    at.service.clock_tolerance_seconds = 60;
    at.service.clock_skew_seconds = -60;
    CHECK(at.shown().starts_with("good: "));
    at.service.clock_skew_seconds = -600;
    CHECK(at.shown().ends_with("warn host_list: this machine's clock is 10 min behind that of Qualys"));
    at.service.clock_skew_seconds = 75;
    CHECK(at.shown().ends_with("warn host_list: this machine's clock is 75 s ahead of that of Qualys"));
}

TEST_CASE("attention: a refused login shows what Qualys said, and when it is tried again")
{
    scene at;
    at.service.phase = service_phase::refused;
    at.service.doing = "pauses";
    CHECK(at.shown() == "bad: 1 needs attention: host_list | bad host_list: pauses");
    at.service.until = now + 10min;
    at.service.failing = true;
    at.service.last_errors = {{now, 1, "HTTP 401", trouble_id::login}};
    CHECK(
        at.shown() == "bad: 1 needs attention: host_list | bad host_list: pauses: HTTP 401; next try at 09:57:08 UTC"
    );
}

TEST_CASE("attention: a service that cannot start says so")
{
    scene at;
    at.service.phase = service_phase::stopped;
    CHECK(at.shown().starts_with("bad: 1 needs attention: host_list | bad host_list: does not run"));
}
