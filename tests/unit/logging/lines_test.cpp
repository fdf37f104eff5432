#include "logging/lines.hpp"

#include <doctest/doctest.h>

using namespace qdc;
using namespace std::chrono_literals;

namespace
{

const utc_time at = std::chrono::sys_days(std::chrono::year(2023) / 1 / 10) + 15h + 22min + 57s + 146ms;

const log_record sample{
    log_level::info, "InputProcess::QualysScansPuller(qualys,1,vm_scans,predefined)", "The data is up to date!", {}};

log_record with_message(std::string message)
{
    return {log_level::warning, "X", std::move(message), {}};
}

}  // namespace

TEST_CASE("log lines: text is the official collector's line")
{
    CHECK(
        logging::text_line(sample, at) ==
        "2023-01-10T15:22:57.146    INFO InputProcess::QualysScansPuller(qualys,1,vm_scans,predefined) -> "
        "The data is up to date!\n"
    );
}

TEST_CASE("log lines: the level stands at the right of seven columns")
{
    auto record = sample;
    record.origin = "X";
    record.message = "m";
    record.level = log_level::warning;
    CHECK(logging::text_line(record, at) == "2023-01-10T15:22:57.146 WARNING X -> m\n");
    record.level = log_level::error;
    CHECK(logging::text_line(record, at) == "2023-01-10T15:22:57.146   ERROR X -> m\n");
    record.level = log_level::debug;
    CHECK(logging::text_line(record, at) == "2023-01-10T15:22:57.146   DEBUG X -> m\n");
}

TEST_CASE("log lines: a warning and an error end with their id")
{
    auto record = with_message("The connection was lost");
    record.id = trouble_id::output_lost;
    CHECK(
        logging::text_line(record, at) == "2023-01-10T15:22:57.146 WARNING X -> The connection was lost [output_lost]\n"
    );
    record.message = std::string(1000000, 'a');
    CHECK(logging::text_line(record, at).ends_with(" more) [output_lost]\n"));
}

TEST_CASE("log lines: a message cannot forge a line of its own")
{
    const auto line =
        logging::text_line(with_message("no\n2023-01-10T15:22:57.146    INFO Y -> all is well\r\x1b[2K"), at);
    CHECK(
        line == "2023-01-10T15:22:57.146 WARNING X -> no\\n2023-01-10T15:22:57.146    INFO Y -> all is well\\r"
                "\\x1b[2K\n"
    );
    auto record = sample;
    record.origin = "a\nb";
    CHECK(logging::text_line(record, at).find("a\\nb -> ") != std::string::npos);
}

TEST_CASE("log lines: the fallback for the journal begins with the priority")
{
    CHECK(logging::prefixed_line(with_message("m"), at) == "<4>2023-01-10T15:22:57.146 WARNING X -> m\n");
    CHECK(logging::prefixed_line(sample, at).starts_with("<6>2023"));
}

TEST_CASE("log lines: JSON is one object a line")
{
    CHECK(
        logging::json_line(with_message("a\n\"b\""), at) ==
        R"({"time":"2023-01-10T15:22:57.146Z","level":"warning","origin":"X","message":"a\n\"b\""})"
        "\n"
    );
}

TEST_CASE("log lines: JSON has the id and the fields as members, and numbers are numbers")
{
    const log_record record{
        log_level::error,
        "X",
        "m",
        {{"service", "host_list"}, {"http_status", 503u}, {"seconds", 0.5}},
        trouble_id::unavailable};
    CHECK(
        logging::json_line(record, at) ==
        R"({"time":"2023-01-10T15:22:57.146Z","level":"error","origin":"X","message":"m",)"
        R"("id":"unavailable","service":"host_list","http_status":503,"seconds":0.5})"
        "\n"
    );
}

TEST_CASE("log lines: JSON stays UTF-8 whatever the message holds")
{
    CHECK(
        logging::json_line({log_level::debug, "\xff", "a\xc3", {{"\xfe", "\x80"}}}, at) ==
        "{\"time\":\"2023-01-10T15:22:57.146Z\",\"level\":\"debug\",\"origin\":\"\xef\xbf\xbd\",\"message\":"
        "\"a\xef\xbf\xbd\",\"\xef\xbf\xbd\":\"\xef\xbf\xbd\"}\n"
    );
}

TEST_CASE("log lines: the journal gets priority, identifier, origin, message and fields")
{
    const log_record record{
        log_level::error, "X", "m\nPRIORITY=0", {{"service", "host\nlist"}, {"http-code", 503u}}, trouble_id::cut};
    CHECK(
        logging::journal_datagram(record, "collector") == "PRIORITY=3\n"
                                                          "SYSLOG_IDENTIFIER=collector\n"
                                                          "ORIGIN=X\n"
                                                          "MESSAGE=X -> m\\nPRIORITY=0 [cut]\n"
                                                          "ID=cut\n"
                                                          "SERVICE=host\\nlist\n"
                                                          "HTTP_CODE=503\n"
    );
}

TEST_CASE("log lines: a field cannot take the place of one of ours, and gets a name the journal takes")
{
    const log_record record{
        log_level::debug,
        "X",
        "m",
        {{"message", "a"}, {"_PID", "b"}, {"1st", "c"}, {"", "d"}, {std::string(80, 'x'), "e"}}};
    CHECK(
        logging::journal_datagram(record, "c") == "PRIORITY=7\nSYSLOG_IDENTIFIER=c\nORIGIN=X\nMESSAGE=X -> m\n"
                                                  "FIELD_MESSAGE=a\nFIELD__PID=b\nFIELD_1ST=c\nFIELD_=d\n" +
                                                      std::string(64, 'X') + "=e\n"
    );
}

TEST_CASE("log lines: an endless message is cut in every form")
{
    const auto record = with_message(std::string(1000000, 'a'));
    for (const auto& line :
         {logging::text_line(record, at), logging::json_line(record, at), logging::journal_datagram(record, "c")})
    {
        CHECK(line.size() < logging::log_text_limit_bytes + 200);
        CHECK(line.find("a... (967232 bytes more)") != std::string::npos);
    }
}
