#include "status/answers.hpp"

#include "status/pace.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

using namespace qdc;
using namespace std::chrono_literals;

namespace
{

/// Answers over a report that the test sets, at a time that the test sets.
struct desk
{
    collector_report report;
    int looks{0};
    std::chrono::steady_clock::time_point now{1h};
    status::answers all;

    explicit desk(bool on_loopback = true)
        : all(
              [this]
              {
                  ++looks;
                  return report;
              },
              on_loopback,
              [this] { return now; }
          )
    {
    }

    status::answer get(std::string target, std::string host = "localhost:9688")
    {
        return all.to({"GET", std::move(target), std::move(host)});
    }
};

bool contains(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("answers: each page has its type")
{
    desk at;
    CHECK(contains(at.get("/").headers, "Content-Type: text/html"));
    CHECK(contains(at.get("/status").headers, "Content-Type: application/json"));
    CHECK(contains(at.get("/metrics").headers, "Content-Type: text/plain; version=0.0.4"));
    CHECK(*at.get("/healthz").body == "ok\n");
}

TEST_CASE("answers: the page allows nothing but its own script and style")
{
    desk at;
    const auto page = at.get("/");
    CHECK(contains(page.headers, "default-src 'none'"));
    CHECK(contains(page.headers, "script-src 'sha256-"));
    CHECK(contains(page.headers, "style-src 'sha256-"));
    CHECK(contains(page.headers, "frame-ancestors 'none'"));
    CHECK(!contains(page.headers, "unsafe"));
    CHECK(contains(at.get("/status").headers, "default-src 'none'"));
}

TEST_CASE("answers: a path is matched as it stands, without its query")
{
    desk at;
    CHECK(at.get("/metrics?x=1").code == 200);
    CHECK(at.get("/?").code == 200);
    for (const auto* path :
         {"/metrics/",
          "//metrics",
          "/../metrics",
          "/./metrics",
          "/%6detrics",
          "/metrics%00",
          "/METRICS",
          "/metrics;x",
          "metrics",
          "",
          "*",
          "https://localhost/metrics",
          "/etc/passwd",
          "/..%2f..%2fetc/passwd"})
        CHECK_MESSAGE(at.get(path).code == 404, path);
}

TEST_CASE("answers: only reading is possible")
{
    desk at;
    for (const auto* method : {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "BREW", "get"})
    {
        const auto refusal = at.all.to({method, "/status", "localhost"});
        CHECK_MESSAGE(refusal.code == 405, method);
        CHECK(contains(refusal.headers, "Allow: GET, HEAD\r\n"));
    }
    CHECK(at.all.to({"HEAD", "/status", "localhost"}).code == 200);
}

TEST_CASE("answers: on loopback, a name of somebody else's gets nothing")
{
    desk at;
    for (const auto* host : {"localhost", "localhost:9688", "127.0.0.1:9688", "[::1]:9688", "[::1]", "10.1.2.3", ""})
        CHECK_MESSAGE(at.get("/status", host).code == 200, host);
    for (const auto* host :
         {"evil.example", "evil.example:9688", "localhost.evil.example", "[evil]", "[", ":9688", "127.0.0.1.evil"})
        CHECK_MESSAGE(at.get("/status", host).code == 421, host);
}

TEST_CASE("answers: names of hosts are compared without case")
{
    desk at;
    for (const auto* host : {"LOCALHOST", "LocalHost:9688", "[::FFFF:7f00:1]"})
        CHECK_MESSAGE(at.get("/status", host).code == 200, host);
    CHECK(at.get("/status", "LOCALHOST.EVIL").code == 421);
}

TEST_CASE("answers: an absolute target is taken, and its host counts")
{
    desk at;
    for (const auto* target :
         {"http://localhost:9688/status",
          "HTTP://LocalHost/status?x=1",
          "http://127.0.0.1/status",
          "http://[::1]:1/status"})
        CHECK_MESSAGE(at.get(target, "evil.example").code == 200, target);
    CHECK(at.get("http://localhost").code == 200);
    CHECK(at.get("http://localhost?x").code == 200);
    CHECK(at.get("http://evil.example/status", "localhost").code == 421);
    CHECK(at.get("http://user@localhost/status", "localhost").code == 421);
    CHECK(at.get("http://localhost/nothing").code == 404);
}

TEST_CASE("answers: elsewhere, the operator's names are not known, and any will do")
{
    desk at(false);
    CHECK(at.get("/status", "collector.example.com:9688").code == 200);
}

TEST_CASE("answers: readyz says in words what is missing")
{
    desk at;
    auto& service = at.report.services.emplace_back();
    service.input = "qualys";
    service.service = "host_list";
    CHECK(at.get("/readyz").code == 503);
    CHECK(*at.get("/readyz").body == "not ready: these services are still starting: qualys/host_list\n");

    at.report.ready = true;
    at.now += 1s;
    CHECK(at.get("/readyz").code == 200);
    CHECK(*at.get("/readyz").body == "ready\n");

    at.report.stopping = true;
    at.now += 1s;
    CHECK(at.get("/readyz").code == 503);
    CHECK(*at.get("/readyz").body == "not ready: stopping\n");
}

TEST_CASE("answers: a flood of readers looks five times a second and shares one text")
{
    desk at;
    const auto first = at.get("/metrics");
    for (int i = 0; i < 100; ++i)
        CHECK(at.get("/metrics").body == first.body);
    at.get("/status");
    CHECK(at.looks == 1);

    at.now += 199ms;
    CHECK(at.get("/metrics").body == first.body);
    at.now += 1ms;
    CHECK(at.get("/metrics").body != first.body);
    CHECK(at.looks == 2);
}

TEST_CASE("answers: status.txt is for a terminal of as many columns as it is asked for")
{
    desk at;
    at.report.services.emplace_back().service = "host_list";
    at.report.services.back().phase = service_phase::resting;
    at.report.services.back().doing = std::string(300, 'x');
    const auto longest = [&at](const std::string& path)
    {
        const auto shown = at.get(path);
        CHECK(shown.code == 200);
        std::istringstream lines(*shown.body);
        std::size_t most = 0;
        for (std::string line; std::getline(lines, line);)
            most = std::max(most, line.size());
        return most;
    };
    CHECK(longest("/status.txt") == 80);
    CHECK(longest("/status.txt?columns=100") == 100);
    CHECK(longest("/status.txt?columns=3") == 60);
    for (const auto* query :
         {"", "x", "columns=", "columns=-1", "columns=999999999999999999999", "columns=501", "rows=9"})
        CHECK_MESSAGE(longest("/status.txt?" + std::string(query)) == 80, query);
}

TEST_CASE("answers: rates are there from the second look on, and go when nobody has looked for long")
{
    desk at;
    at.report.services.emplace_back().service = "host_list";
    const auto text = [&at](std::chrono::milliseconds later, std::uint64_t events)
    {
        at.now += later;
        at.report.steady_now = at.now;
        at.report.services.back().events_sent += events;
        return *at.get("/status.txt").body;
    };
    CHECK(text(0ms, 0).find("/s)") == std::string::npos);
    CHECK(text(2000ms, 300).find("(150/s)") != std::string::npos);
    CHECK(text(500ms, 200).find("(200/s)") != std::string::npos);  // since the first look, 2.5 s ago
    CHECK(text(2000ms, 400).find("(240/s)") != std::string::npos);
    CHECK(text(1h, 400).find("/s)") == std::string::npos);
}

TEST_CASE("answers: neither the page nor healthz looks")
{
    desk at;
    at.get("/");
    at.get("/healthz");
    CHECK(at.looks == 0);
}

TEST_CASE("pace: so many turns at once, then one after each gap")
{
    const std::chrono::steady_clock::time_point begin(1h);
    status::pace turns(10ms, 3);
    for (int i = 0; i < 3; ++i)
        CHECK(turns.take(begin) <= begin);
    CHECK(turns.take(begin) == begin + 10ms);
    CHECK(turns.take(begin) == begin + 20ms);
}

TEST_CASE("pace: a rest gives the burst back, and not more")
{
    const std::chrono::steady_clock::time_point begin(1h);
    status::pace turns(10ms, 3);
    for (int i = 0; i < 5; ++i)
        turns.take(begin);
    const auto later = begin + 1h;
    for (int i = 0; i < 3; ++i)
        CHECK(turns.take(later) <= later);
    CHECK(turns.take(later) > later);
}
