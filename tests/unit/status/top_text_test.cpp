#include "status/top_text.hpp"

#include "support/golden.hpp"
#include "support/made_up_report.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace qdc;
using namespace std::chrono_literals;

namespace
{

const utc_time at = std::chrono::sys_days(std::chrono::year(2024) / 1 / 10) + 9h + 47min + 8s;

std::string text_of(const std::vector<std::string>& lines)
{
    std::string out;
    for (const auto& line : lines)
        out += line + '\n';
    return out;
}

std::string drawn(const collector_report& report, std::size_t width = 100)
{
    return text_of(status::top_lines(report, nullptr, width));
}

/// A collector with one service that has an error, and nothing else.
collector_report with_error(std::string text)
{
    auto report = test::quiet_report(at, 3h);
    report.services.resize(1);
    report.services[0].last_errors = {{at - 10s, 1, std::move(text)}};
    report.services[0].failing = true;
    return report;
}

}  // namespace

TEST_CASE("top: everything that is known of a busy collector")
{
    auto text = drawn(test::made_up_report(at, 3h));
    const std::string version = QDC_VERSION;
    text.replace(text.find(version), version.size(), "VERSION");
    test::check_golden("status/top.txt", text);
}

TEST_CASE("top: the first line says that all is well")
{
    CHECK(drawn(test::quiet_report(at, 3h)).starts_with("Both services are up to date\n"));
}

TEST_CASE("top: the first line counts what needs attention, and the worst follows it")
{
    auto report = test::quiet_report(at, 3h);
    report.services[0].quarantined = {{"host", "7", at, "cut"}};
    const auto& service = report.services[0].service;
    CHECK(drawn(report).starts_with("1 needs attention: " + service + "\n  - "));
    report.outputs[0].connected = false;
    report.outputs[0].spell.failed({});
    report.outputs[0].last_errors = {{at - 10s, 1, "connection refused", trouble_id::output_unreachable}};
    const auto& output = report.outputs[0].output;
    CHECK(drawn(report).starts_with(
        "2 need attention: " + output + ", " + service + "\n  ! " + output +
        ": connection refused [output_unreachable]\n  - "
    ));
}

TEST_CASE("top: an error that a later success has repaired needs no attention")
{
    auto report = with_error("HTTP 503");
    CHECK(drawn(report).starts_with("1 needs attention: "));
    report.services[0].failing = false;
    CHECK(drawn(report).starts_with("The service is up to date\n"));
}

TEST_CASE("top: a service that is starting, or a collector that is stopping")
{
    CHECK(drawn(test::fresh_report(at)).starts_with("Starting\n"));
    auto report = test::quiet_report(at, 3h);
    report.stopping = true;
    CHECK(drawn(report).starts_with("Stopping\n"));
}

TEST_CASE("top: rates are those since the report before")
{
    auto before = with_error("x");
    auto now = before;
    now.steady_now += 2s;
    now.services[0].events_sent += 300;
    CHECK(text_of(status::top_lines(now, nullptr, 100)).find("(150/s)") == std::string::npos);
    CHECK(text_of(status::top_lines(now, &before, 100)).find("(150/s)") != std::string::npos);
}

TEST_CASE("top: the same moment twice gives no rate")
{
    const auto earlier = with_error("x");
    auto now = earlier;
    now.services[0].events_sent += 300;
    CHECK(text_of(status::top_lines(now, &earlier, 100)).find("/s)") == std::string::npos);
}

TEST_CASE("top: what was delivered otherwise than it came is named")
{
    auto report = with_error("x");
    report.services[0].unknown_elements = 2;
    report.services[0].unknown_names = {"NEW_ONE", "OTHER"};
    report.services[0].replaced_characters = 1;
    report.services[0].cut_fields = 1;
    const auto text = drawn(report, 300);
    for (const auto* words : {"2 unknown elements (NEW_ONE, OTHER)", "1 replaced character  ", "1 cut field\n"})
        CHECK_MESSAGE(text.find(words) != std::string::npos, words);
}

TEST_CASE("top: certificates stand there with the days that are left")
{
    auto report = with_error("x");
    report.certificates = {{"devo", "domain.crt", at + 25h}, {"devo", "old.crt", at - 1s}};
    const auto text = drawn(report);
    CHECK(text.find("devo domain.crt  ends in 1 day, 2024-01-11T10:47:08Z\n") != std::string::npos);
    CHECK(text.find("devo old.crt  has expired\n") != std::string::npos);
}

TEST_CASE("top: no line is wider than the terminal, nor are words lost")
{
    std::string words;
    for (int i = 100; i < 200; ++i)
        words += "word" + std::to_string(i) + ' ';
    words += std::string(300, 'x') + "\xe6\xb1\x89\xe6\xb1\x89";  // characters of two columns
    for (const std::size_t width : {60u, 61u, 80u, 133u})
    {
        const auto lines = status::top_lines(with_error(words), nullptr, width);
        const auto longest = std::ranges::max(lines, {}, &std::string::size);
        CHECK(longest.size() <= width + 2);  // six bytes in four columns
        const auto all = text_of(lines);
        CHECK(all.find("word100") != std::string::npos);
        CHECK(all.find("word199") != std::string::npos);
        CHECK(std::ranges::count(all, 'x') >= 2 * 300);  // in the head and at the service
    }
}

TEST_CASE("top: a wide character does not stand across the edge")
{
    std::string wide;
    for (int i = 0; i < 200; ++i)
        wide += "\xe6\xb1\x89";
    for (const auto& line : status::top_lines(with_error(wide), nullptr, 60))
        CHECK(std::ranges::count(line, '\xe6') * 2 <= 60);
}

TEST_CASE("top: sixty columns are the least")
{
    const auto report = test::made_up_report(at, 3h);
    CHECK(status::top_lines(report, nullptr, 0) == status::top_lines(report, nullptr, 60));
}

TEST_CASE("top: control characters from outside do not reach the terminal")
{
    const std::string hostile = "a\x1b[2Jb\rc\nd\x07\xc2\x9b"
                                "31m\xe2\x80\xae";
    auto report = test::made_up_report(at, 3h);
    for (auto& one : report.services)
    {
        one.input = one.service = one.doing = one.position = hostile;
        one.last_errors = {{at, 2, hostile}};
    }
    for (auto& one : report.quotas)
        one.input = one.endpoint = one.reason = hostile;
    for (auto& one : report.outputs)
    {
        one.output = one.address = hostile;
        one.last_errors = {{at, 2, hostile}};
    }
    for (auto& one : report.certificates)
        one.file = hostile;
    const auto lines = status::top_lines(report, nullptr, 100);
    for (const auto& line : lines)
    {
        CHECK(std::ranges::all_of(line, [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f; }));
        CHECK(line.find("\xc2\x9b") == std::string::npos);
        CHECK(line.find("\xe2\x80\xae") == std::string::npos);
    }
    CHECK(text_of(lines).find("a\\x1b[2Jb") != std::string::npos);
}
