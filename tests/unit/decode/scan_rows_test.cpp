#include "decode/scan_rows.hpp"
#include "support/golden.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace qdc;
using decode::progress;
using decode::scan_rows;

namespace
{

struct outcome
{
    std::vector<std::string> events;
    std::string reference;
    std::string status;
    bool trailer{false};
    std::uint64_t replaced{0};
    std::uint64_t unknown{0};
    std::uint64_t offset{0};
    error_code failure;

    bool operator==(const outcome&) const = default;
};

outcome read(const std::vector<std::string_view>& pieces, decode::scan_limits limits = {})
{
    scan_rows rows("scan/1", limits);
    outcome out;
    const auto take = [&rows, &out]
    {
        for (auto& event : rows.take())
            out.events.push_back(std::move(event));
    };
    for (auto in : pieces)
    {
        for (bool paused = true; paused && !out.failure;)
        {
            const auto state = rows.feed(in);
            take();
            if (!state)
                out.failure = state.error();
            paused = state && *state == progress::paused;
        }
        if (out.failure)
            break;
        REQUIRE(in.empty());
    }
    if (!out.failure)
        out.failure = rows.finish();
    out.reference = rows.reference();
    out.status = rows.status();
    out.trailer = rows.trailer_seen();
    out.replaced = rows.replaced();
    out.unknown = rows.unknown();
    out.offset = rows.offset();
    return out;
}

/// The answer as a whole; checks on the way that neither cuts nor pauses matter.
outcome read(std::string_view answer)
{
    const auto whole = read(std::vector{answer});
    std::vector<std::string_view> bytes;
    for (std::size_t cut = 0; cut < answer.size(); ++cut)
    {
        CAPTURE(cut);
        CHECK(read({answer.substr(0, cut), answer.substr(cut)}) == whole);
        bytes.push_back(answer.substr(cut, 1));
    }
    CHECK(read(bytes) == whole);
    CHECK(read(bytes, {.pause_bytes = 1}) == whole);
    CHECK(read({answer}, {.pause_bytes = 1}) == whole);
    return whole;
}

/// The members of the one event that `[{"qid":1,` `members` `}]` gives.
std::string members(const std::string& text)
{
    const auto out = read("[{\"qid\":1," + text + "}]");
    CHECK_FALSE(out.failure);
    REQUIRE(out.events.size() == 1);
    const std::string front = R"({"scan_reference":"scan/1","qid":1,)";
    REQUIRE(out.events[0].starts_with(front));
    return out.events[0].substr(front.size(), out.events[0].size() - front.size() - 1);
}

}  // namespace

TEST_CASE("scan rows: each finding becomes an event, header, summary and trailer do not")
{
    const auto out = read(test::data("decode/scan.json"));
    CHECK_FALSE(out.failure);
    CHECK(out.reference == "scan/1763800000.10001");
    CHECK(out.status == "Finished");
    CHECK(out.trailer);
    CHECK(out.unknown == 0);
    CHECK(out.replaced == 0);
    std::string lines;
    for (const auto& event : out.events)
        lines += event + '\n';
    test::check_golden("decode/scan.golden", lines);
}

TEST_CASE("scan rows: a scan without findings and without trailer is good")
{
    const auto out = read(R"([{"launch_date":"x","status":"Canceled","reference":"scan/2"}])");
    CHECK_FALSE(out.failure);
    CHECK(out.events.empty());
    CHECK(out.status == "Canceled");
    CHECK_FALSE(out.trailer);
    CHECK_FALSE(read("[]").failure);
    CHECK_FALSE(read(" \r\n\t[ ] \n").failure);
    CHECK_FALSE(read("\xEF\xBB\xBF[]").failure);
}

TEST_CASE("scan rows: the trailer is known by any of its keys")
{
    for (const std::string key :
         {"target_distribution_across_scanner_appliances",
          "hosts_not_scanned_excluded_host_ip",
          "host_not_scanned,_scan_canceled_by_user_ip_",
          "no_vulnerabilities_match_your_filters_for_these_hosts"})
    {
        CAPTURE(key);
        const auto out = read("[{\"" + key + "\":\"x\"}]");
        CHECK(out.trailer);
        CHECK(out.unknown == 0);
    }
}

TEST_CASE("scan rows: numbers, nulls and booleans are kept to the digit")
{
    CHECK(
        members(R"("a":1.10,"b":-0,"c":12345678901234567890123,"d":1E+5)") ==
        R"("a":1.10,"b":-0,"c":12345678901234567890123,"d":1E+5)"
    );
    CHECK(members(R"("a" : null , "b" : true,
        "c":[ false , 0.0 ])") == R"("a":null,"b":true,"c":[false,0.0])");
}

TEST_CASE("scan rows: nested values are kept, and a qid inside them does not make a finding")
{
    CHECK(members(R"("a":{"b":[{"c":"d"},[ ]],"e":{ }})") == R"("a":{"b":[{"c":"d"},[]],"e":{}})");
    const auto out = read(R"([{"a":{"qid":1},"reference":{"status":"x"}}])");
    CHECK(out.events.empty());
    CHECK(out.unknown == 1);
}

TEST_CASE("scan rows: white space inside strings is kept")
{
    CHECK(members(R"("a b" : " c  d ")") == R"("a b":" c  d ")");
}

TEST_CASE("scan rows: escaped letters become UTF-8, and needless escapes go")
{
    CHECK(members(R"("a":"\u0041\u00e9\u65E5\uD83D\uDE00\/")") == "\"a\":\"A\xC3\xA9\xE6\x97\xA5\xF0\x9F\x98\x80/\"");
}

TEST_CASE("scan rows: what JSON must escape stays escaped, in the short form")
{
    CHECK(
        members(R"("\u0022":"\"\\\b\f\n\r\t\u000a\u0001\u001F\u0000")") ==
        R"("\"":"\"\\\b\f\n\r\t\n\u0001\u001f\u0000")"
    );
}

TEST_CASE("scan rows: a control character that is not escaped is taken and escaped")
{
    CHECK(members("\"a\":\"b\tc\nd\x01\"") == R"("a":"b\tc\nd\u0001")");
}

TEST_CASE("scan rows: a lone surrogate becomes U+FFFD")
{
    const std::string u = "\xEF\xBF\xBD";
    CHECK(members(R"("a":"\ud83d")") == "\"a\":\"" + u + "\"");
    CHECK(members(R"("a":"\ud83dx\ude00")") == "\"a\":\"" + u + "x" + u + "\"");
    CHECK(members(R"("a":"\ud83d\ud83d\ude00")") == "\"a\":\"" + u + "\xF0\x9F\x98\x80\"");
    CHECK(members(R"("a":"\ud83d\n")") == "\"a\":\"" + u + "\\n\"");
    CHECK(members(R"("a":"\ud83d\u0041")") == "\"a\":\"" + u + "A\"");
    CHECK(read(R"([{"qid":1,"a":"\ud83d\ud83d"}])").replaced == 2);
}

TEST_CASE("scan rows: what is no UTF-8 becomes U+FFFD")
{
    CHECK(members("\"a\":\"\xC3(\xE6\x97\"") == "\"a\":\"\xEF\xBF\xBD(\xEF\xBF\xBD\"");
    CHECK(members("\"a\":\"\xC3\\u00a9\"") == "\"a\":\"\xEF\xBF\xBD\xC2\xA9\"");
    CHECK(read("[{\"qid\":1,\"a\":\"\xFF\xFF\"}]").replaced == 2);
}

TEST_CASE("scan rows: an element that is none of the known ones is counted, not emitted")
{
    const auto out = read(R"([1,"x",null,[{"qid":1}],{},{"other":1},{"launch_date":"x","reference":"scan/2"}])");
    CHECK_FALSE(out.failure);
    CHECK(out.events.empty());
    CHECK(out.unknown == 6);
    scan_rows rows("scan/1");
    std::string_view in = R"([1,[2],{},{"other":1,"more":2},{"qid":3}])";
    REQUIRE(rows.feed(in).has_value());
    REQUIRE_FALSE(rows.finish());
    CHECK(
        rows.unknown_names() ==
        std::vector<std::string>{
            "a plain value", "an array", "an object without members", "an object that begins with other"}
    );
}

TEST_CASE("scan rows: an answer with elements of which none is a scan's is no scan without findings")
{
    for (const std::string_view answer : {R"([[{"qid":1}],null,5])", "[null]", "[{}]", R"([{"error":"x"}])"})
    {
        CAPTURE(answer);
        CHECK(read(answer).failure == errc::not_a_document);
    }
    CHECK_FALSE(read("[]").failure);
    CHECK_FALSE(read(R"([{"scan_report_template_title":"T"}])").failure);
    CHECK_FALSE(read(R"([{"hosts_not_scanned_excluded_host_ip":"x"}])").failure);
}

TEST_CASE("scan rows: a finding whose QID is missing is known by its host and what only findings have")
{
    const auto out =
        read(R"([{"ip":"1.1.1.1","title":"no qid","severity":"3"},{"results":"x","dns":"a"},{"ip":"1.1.1.1"},)"
             R"({"title":"T"},{"launch_date":"x","type":"y","reference":"scan/2","ips":"1.1.1.1"}])");
    CHECK_FALSE(out.failure);
    CHECK(
        out.events ==
        std::vector<std::string>{
            R"({"scan_reference":"scan/1","ip":"1.1.1.1","title":"no qid","severity":"3"})",
            R"({"scan_reference":"scan/1","results":"x","dns":"a"})"}
    );
    CHECK(out.unknown == 2);
    CHECK(out.reference == "scan/2");
}

TEST_CASE("scan rows: an answer that is no array is reported at its first byte")
{
    for (const std::string answer :
         {"<?xml version=\"1.0\"?><SIMPLE_RETURN/>", "\"ip\",\"dns\"", "{\"qid\":1}", "Bad Login"})
    {
        CAPTURE(answer);
        scan_rows rows("scan/1");
        const auto padded = "\r\n " + answer;
        std::string_view in = padded;
        CHECK(rows.feed(in).error() == errc::not_a_document);
        CHECK(in == answer);
        CHECK(rows.finish() == errc::not_a_document);
    }
    CHECK(read("").failure == errc::not_a_document);
    CHECK(read(" \n").failure == errc::not_a_document);
}

TEST_CASE("scan rows: an answer without its end is malformed, at every place")
{
    const std::string answer = R"([{"qid":1,"a":["b\u0041",null,-1.5e3,{"c":{}}]},{"qid":2}])";
    for (std::size_t size = 1; size < answer.size(); ++size)
    {
        CAPTURE(size);
        CHECK(read(std::vector{std::string_view(answer).substr(0, size)}).failure == errc::json_malformed);
    }
}

TEST_CASE("scan rows: what breaks the rules of JSON is malformed")
{
    for (const std::string answer :
         {"[1,]", "[,1]",  "[1 2]",      "[{\"a\"}]", "[{\"a\":}]",    "[{\"a\":1,}]", "[{,}]",   "[{a:1}]",
          "[}",   "[{]",   "[{\"a\":1]", "[\"\\x\"]", "[\"\\u12g4\"]", "[tru]",        "[nul l]", "[01]",
          "[1.]", "[.5]",  "[-]",        "[1e]",      "[+1]",          "[1e+]",        "[--1]",   "[NaN]",
          "[1x]", "['a']", "[]]",        "[] x",      "[][]",          "[\"a\":1]"})
    {
        CAPTURE(answer);
        CHECK(read(answer).failure == errc::json_malformed);
    }
}

TEST_CASE("scan rows: the offset tells the byte that broke a rule")
{
    CHECK(read("[{\"qid\":1} {}]").offset == 11);
    CHECK(read("[{\"a\":\"\\x\"}]").offset == 8);
}

TEST_CASE("scan rows: findings in front of a fault are delivered")
{
    CHECK(read("[{\"qid\":1},{\"qid\":2},?").events.size() == 2);
}

TEST_CASE("scan rows: nesting has an end")
{
    CHECK(read(std::vector<std::string_view>{std::string(100, '[')}).failure == errc::json_malformed);
}

TEST_CASE("scan rows: a finding over the limit is refused")
{
    const decode::scan_limits limits{.record_bytes = 200};
    CHECK_FALSE(read({"[{\"qid\":1,\"results\":\"" + std::string(100, 'x') + "\"}]"}, limits).failure);
    CHECK(
        read({"[{\"qid\":1,\"results\":\"" + std::string(200, 'x') + "\"}]"}, limits).failure == errc::record_too_large
    );
    for (const std::string value : {"1", "[[],{},[]]"})
    {
        std::string many = "[{\"qid\":1";
        for (int i = 0; i < 100; ++i)
            many += ",\"" + std::to_string(i) + "\":" + value;
        CHECK(read({many + "}]"}, limits).failure == errc::record_too_large);
    }
    std::string numbers = "[{\"qid\":1,\"a\":[1";
    for (int i = 0; i < 200; ++i)
        numbers += ",1";
    CHECK(read({numbers + "]}]"}, limits).failure == errc::record_too_large);
}

TEST_CASE("scan rows: a trailer may be longer than a finding, as nobody keeps it")
{
    const decode::scan_limits limits{.record_bytes = 200};
    CHECK_FALSE(read({"[{\"hosts_not_scanned_host_not_alive_ip\":\"" + std::string(5000, 'x') + "\"}]"}, limits).failure
    );
}

TEST_CASE("scan rows: reading pauses when enough events wait")
{
    std::string answer = "[";
    for (int i = 0; i < 100; ++i)
        answer += "{\"qid\":1},";
    answer += "{\"qid\":1}]";
    scan_rows rows("scan/1", {.pause_bytes = 300});
    std::string_view in = answer;
    REQUIRE(*rows.feed(in) == progress::paused);
    CHECK(rows.take().size() == 9);  // of 35 bytes each
    CHECK(in.size() == answer.size() - 1 - 8 * 10 - 9);
    CHECK(*rows.feed(in) == progress::paused);
}

TEST_CASE("scan rows: a string beyond the limit is cut between two characters, and the finding stays JSON")
{
    const decode::scan_limits limits{.field_bytes = 10};
    const std::string mark = "\xE2\x80\xA6[cut: ";
    const auto results = [&limits](const std::string& text)
    {
        scan_rows rows("r", limits);
        const auto answer = "[{\"qid\":1,\"results\":\"" + text + "\",\"port\":7}]";
        for (std::string_view in = answer; !in.empty(); in.remove_prefix(1))
        {
            auto byte = in.substr(0, 1);
            REQUIRE(rows.feed(byte).has_value());
        }
        CHECK_FALSE(rows.finish());
        CHECK(rows.cut() == (text.size() > 10 ? 1u : 0u));
        const auto event = rows.take().at(0);
        const auto begin = event.find("results\":\"") + 10;
        return event.substr(begin, event.find("\",\"port\":7") - begin);
    };
    CHECK(results("1234567890") == "1234567890");
    CHECK(results("1234567890z") == "1234567890" + mark + "1 bytes]");
    CHECK(results("123456789\xC3\xA4") == "123456789" + mark + "2 bytes]");
    CHECK(results("123456789\\u20ac") == "123456789" + mark + "3 bytes]");
    CHECK(results("123456789\\n\\n") == "123456789\\n" + mark + "1 bytes]");
    CHECK(results("1234567\\ud83d\\ude00") == "1234567" + mark + "4 bytes]");
}

TEST_CASE("scan rows: an error tells what stands at its place")
{
    scan_rows rows("r");
    std::string_view in = "[{\"qid\":1,\"results\":nonsense}]";
    CHECK(rows.feed(in).has_error());
    CHECK(rows.excerpt() == "[{\"qid\":1,\"results\":nonsense}]");
}

TEST_CASE("scan rows: members named as ours do not come out, and a repeated name counts once, the first")
{
    CHECK(
        members(
            R"("@devo_pulling_id":"9","a":1,"scan_reference":"x","KNOWLEDGE_BASE":{"b":[1,"]}"]},"@change":null,"c":2)"
        ) == R"("a":1,"c":2)"
    );
    CHECK(members(R"("a":1,"a":{"a":3},"b":"x","a":"y","b":"z")") == R"("a":1,"b":"x")");
    CHECK(members(R"("a":{"@devo_x":1,"a":2})") == R"("a":{"@devo_x":1,"a":2})");
    CHECK(members("\"a\":1,\"a\\u0000\":2,\"\\u0061\":3") == "\"a\":1,\"a\\u0000\":2");
    scan_rows rows("scan/1");
    std::string_view in = R"([{"qid":1,"qid":2,"@devo_a":3},{"qid":4}])";
    REQUIRE(rows.feed(in).has_value());
    REQUIRE_FALSE(rows.finish());
    CHECK(
        rows.take() ==
        std::vector<std::string>{R"({"scan_reference":"scan/1","qid":1})", R"({"scan_reference":"scan/1","qid":4})"}
    );
    CHECK(rows.dropped() == 2);
    CHECK(rows.dropped_names() == std::vector<std::string>{"qid", "@devo_a"});
}

TEST_CASE("scan rows: a dropped member in front leaves no comma behind")
{
    const auto out = read(R"([{"@devo_x":"y","qid":1,"z":2}])");
    CHECK_FALSE(out.failure);
    CHECK(out.events == std::vector<std::string>{R"({"scan_reference":"scan/1","qid":1,"z":2})"});
    CHECK(read(R"([{"@devo_x":"y"}])").events.empty());
}

TEST_CASE("scan rows: ever new names have a limit")
{
    std::string answer = "[{\"qid\":1";
    for (int i = 0; i < 50'000; ++i)
        answer += ",\"n" + std::to_string(i) + "\":0";
    CHECK(read({answer + "}]"}, {}).failure == errc::record_too_large);
}
