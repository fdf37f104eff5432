#include "decode/activity_rows.hpp"
#include "support/golden.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace qdc;
using decode::activity_footer;
using decode::activity_rows;
using decode::progress;
using row = activity_rows::row;

namespace
{

struct outcome
{
    row names;
    std::vector<row> rows;
    std::vector<decode::unread_row> unread;
    std::optional<activity_footer> footer;
    bool complete{false};
    std::uint64_t replaced{0};
    std::uint64_t line{0};
    error_code failure;

    bool operator==(const outcome&) const = default;
};

outcome read(const std::vector<std::string_view>& pieces, decode::activity_limits limits = {})
{
    activity_rows log(limits);
    outcome out;
    const auto take = [&log, &out]
    {
        for (auto& one : log.take())
            out.rows.push_back(std::move(one));
        for (auto& one : log.take_unread())
            out.unread.push_back(std::move(one));
    };
    for (auto in : pieces)
    {
        for (bool paused = true; paused && !out.failure;)
        {
            const auto state = log.feed(in);
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
        out.failure = log.finish();
    take();
    out.names = log.names();
    out.footer = log.footer();
    out.complete = log.complete();
    out.replaced = log.replaced();
    out.line = log.line();
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

const std::string begin = "----BEGIN_RESPONSE_BODY_CSV\n";
const std::string end = "----END_RESPONSE_BODY_CSV\n";
const std::string footer_begin = "----BEGIN_RESPONSE_FOOTER_CSV\n";
const std::string footer_end = "----END_RESPONSE_FOOTER_CSV\n";
const std::string two_rows = "\"Date\",\"Details\"\n\"d1\",\"one\"\n\"d2\",\"two\"\n";
const std::vector<row> both{{"d1", "one"}, {"d2", "two"}};

/// The one row of a bare answer with the columns Date and Details.
row only(const std::string& text)
{
    const auto out = read("Date,Details\n" + text);
    CHECK_FALSE(out.failure);
    REQUIRE(out.rows.size() == 1);
    return out.rows[0];
}

}  // namespace

TEST_CASE("activity rows: a framed page with its footer")
{
    const auto out = read(test::data("decode/activity.csv"));
    CHECK_FALSE(out.failure);
    CHECK(out.complete);
    CHECK(out.names == row{"Date", "Action", "Module", "Details", "User Name", "User Role", "User IP"});
    std::string text;
    for (const auto& one : out.rows)
    {
        for (const auto& field : one)
            text += '[' + field + ']';
        text += '\n';
    }
    REQUIRE(out.footer.has_value());
    text += out.footer->code + '\n' + out.footer->text + '\n' + out.footer->url + '\n';
    test::check_golden("decode/activity.golden", text);
}

TEST_CASE("activity rows: a bare answer ends with the input, with or without a last line end")
{
    for (const std::string& answer : {two_rows, two_rows.substr(0, two_rows.size() - 1), two_rows + "\n\r\n"})
    {
        CAPTURE(answer);
        const auto out = read(answer);
        CHECK_FALSE(out.failure);
        CHECK(out.complete);
        CHECK(out.rows == both);
        CHECK_FALSE(out.footer.has_value());
    }
}

TEST_CASE("activity rows: a framed answer without footer is complete")
{
    for (const std::string& answer : {begin + two_rows + end, begin + two_rows + end.substr(0, end.size() - 1)})
    {
        CAPTURE(answer);
        const auto out = read(answer);
        CHECK_FALSE(out.failure);
        CHECK(out.complete);
        CHECK(out.rows == both);
        CHECK_FALSE(out.footer.has_value());
    }
}

TEST_CASE("activity rows: an answer without rows is good")
{
    for (const std::string& answer :
         {begin + end, begin + "\"Date\",\"Details\"\n" + end, std::string("\"Date\",\"Details\"")})
    {
        CAPTURE(answer);
        const auto out = read(answer);
        CHECK_FALSE(out.failure);
        CHECK(out.complete);
        CHECK(out.rows.empty());
    }
}

TEST_CASE("activity rows: a response header in front of the body says nothing")
{
    const auto out =
        read("----BEGIN_RESPONSE_HEADER_CSV\n\"x\",\"y\"\n----END_RESPONSE_HEADER_CSV\n" + begin + two_rows + end);
    CHECK_FALSE(out.failure);
    CHECK(out.rows == both);
}

TEST_CASE("activity rows: a footer without address means the last page")
{
    const auto out =
        read(begin + two_rows + end + footer_begin + "WARNING\n\"CODE\",\"TEXT\"\n\"1980\",\"done\"\n" + footer_end);
    CHECK_FALSE(out.failure);
    CHECK(out.footer == activity_footer{"1980", "done", ""});
    CHECK_FALSE(read(begin + two_rows + end + footer_begin + footer_end).footer.has_value());
}

TEST_CASE("activity rows: the footer is read by its names, whatever their order")
{
    const auto out = read(two_rows + footer_begin + "\"Url\",\"Code\"\n\"https://x\",\"1980\"\n" + footer_end);
    CHECK_FALSE(out.failure);
    CHECK(out.complete);
    CHECK(out.footer == activity_footer{"1980", "", "https://x"});
}

TEST_CASE("activity rows: quotes, commas and line ends belong to a quoted field")
{
    CHECK(only("d,\"a\"\"b\"\"\"\n") == row{"d", "a\"b\""});
    CHECK(only("d,\"a,b\r\nc\n\nd\"\r\n") == row{"d", "a,b\r\nc\n\nd"});
    CHECK(only("\"\",\"\"\n") == row{"", ""});
    CHECK(only(",\n") == row{"", ""});
    CHECK(only("d, a\"b \n") == row{"d", " a\"b "});
    CHECK(only("d,\"\"\"\"") == row{"d", "\""});
}

TEST_CASE("activity rows: lines end with LF or CRLF")
{
    CHECK(only("\"d\",e\r\n") == row{"d", "e"});
    CHECK(only("\"d\",\"e\"\r\n") == row{"d", "e"});
    CHECK(only("d,e\rf\n") == row{"d", "e\rf"});
    CHECK(only("d,\r\n") == row{"d", ""});
    CHECK(only("d,e\r") == row{"d", "e"});
}

TEST_CASE("activity rows: marker text inside a quoted field is text")
{
    CHECK(only("d,\"\n" + end + "\"\n") == row{"d", "\n" + end});
    const auto out = read(begin + "Date\n\"" + end.substr(0, end.size() - 1) + "\"\n" + end);
    CHECK(out.rows == std::vector<row>{{"----END_RESPONSE_BODY_CSV"}});
}

TEST_CASE("activity rows: forbidden characters become U+FFFD and are counted")
{
    const auto out = read("Date,Details\nd,\"a\x01\tb\xFF\"\n");
    CHECK(out.rows == std::vector<row>{{"d", "a\xEF\xBF\xBD\tb\xEF\xBF\xBD"}});
    CHECK(out.replaced == 2);
    CHECK(only("d,\"\xC3\"\n") == row{"d", "\xEF\xBF\xBD"});
    CHECK(only("d,\xC3\xA9\n") == row{"d", "\xC3\xA9"});
}

TEST_CASE("activity rows: a byte order mark and blanks in front do no harm")
{
    CHECK(read("\xEF\xBB\xBF" + two_rows).rows == both);
    CHECK(read("\r\n \n " + begin + two_rows + end).rows == both);
}

TEST_CASE("activity rows: XML or HTML is reported at its first byte")
{
    activity_rows log;
    std::string_view in = "\r\n <?xml version=\"1.0\"?>";
    CHECK(log.feed(in).error() == errc::not_a_document);
    CHECK(in == "<?xml version=\"1.0\"?>");
    CHECK(log.finish() == errc::not_a_document);
}

TEST_CASE("activity rows: a text that is no log is not taken for an empty one")
{
    CHECK(read("Bad Login/Password").failure == errc::not_a_document);
    CHECK(read("Sorry, try again, later\n").failure == errc::not_a_document);
    CHECK(read("").failure == errc::not_a_document);
    CHECK(read("\n\n").failure == errc::not_a_document);
    CHECK(read(begin + "Sorry, try again\n" + end).failure == errc::not_a_document);
}

TEST_CASE("activity rows: a framed answer is cut wherever it ends early")
{
    const auto body = begin + "\"Date\",\"Details\"\r\n\"d1\",\"a\"\"\nb\"\r\nd2,two\r\n" + end;
    const auto answer = body + footer_begin + "WARNING\n\"CODE\",\"TEXT\",\"URL\"\n\"1980\",\"t\",\"u\"\n" + footer_end;
    for (std::size_t size = begin.size(); size + 1 < answer.size(); ++size)
    {
        if (size == body.size() || size + 1 == body.size())
            continue;  // complete: a footer need not follow
        CAPTURE(size);
        const auto out = read(std::vector{std::string_view(answer).substr(0, size)});
        CHECK(out.failure == errc::body_cut);
        CHECK(out.rows.size() <= 2);
        CHECK(out.complete == (size > body.size()));
    }
}

TEST_CASE("activity rows: rows in front of a cut are delivered, the cut one is not")
{
    CHECK(read(begin + "Date,Details\nd1,one\nd2,tw").rows == std::vector<row>{{"d1", "one"}});
}

namespace
{

/// The lines of the rows that were left out.
std::vector<std::uint64_t> lines_of(const std::vector<decode::unread_row>& unread)
{
    std::vector<std::uint64_t> lines;
    for (const auto& one : unread)
        lines.push_back(one.line);
    return lines;
}

using lines = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("activity rows: a row with a wrong count of fields is left out alone, with its place and its beginning")
{
    const auto few = read("Date,Details\nd,\"a\n\nb\"\nd\nd,e\n");
    CHECK_FALSE(few.failure);
    CHECK(few.rows == std::vector<row>{{"d", "a\n\nb"}, {"d", "e"}});
    CHECK(few.unread == std::vector<decode::unread_row>{{5, 2, "d"}});
    const auto many = read(begin + "Date,Details\nd,e,f\ng,h\n" + end);
    CHECK_FALSE(many.failure);
    CHECK(many.rows == std::vector<row>{{"g", "h"}});
    CHECK(many.unread == std::vector<decode::unread_row>{{3, 6, "d,e,f"}});
}

TEST_CASE("activity rows: a quote that nobody doubled is text, and so is what stands around it")
{
    CHECK(only("d,\"say \"hi\" now\"\n") == row{"d", "say \"hi\" now"});
    CHECK(
        only(R"(d,"say \"hi\" now")"
             "\n") == row{"d", R"(say \"hi\" now)"}
    );
    CHECK(only("d,\"e\"f\n\"") == row{"d", "e\"f\n"});
    CHECK(only("d,\"C:\\\"\n") == row{"d", "C:\\"});
    CHECK(only("d,\"a\"\rf\"\n") == row{"d", "a\"\rf"});
}

TEST_CASE("activity rows: blanks around a quoted field do no harm")
{
    CHECK(only("\"d\" , \t\"e, f\"  \n") == row{"d", "e, f"});
    CHECK(only("\"d\",\"e\" \r\n") == row{"d", "e"});
    CHECK(only("d, e \"x\"\n") == row{"d", " e \"x\""});
    CHECK(only("d,  \n") == row{"d", "  "});
}

TEST_CASE("activity rows: a missing quote costs its own row, not those that it swallows")
{
    const std::string names = "\"Date\",\"Details\",\"User\"\n";
    const auto good = [](std::string_view day) { return "\"2026-11-" + std::string(day) + "\",\"x\",\"u\"\n"; };
    const auto rows_of = [&names](const std::string& rows) { return read(begin + names + rows + end); };

    const auto middle = rows_of(good("05") + "\"2026-11-04\",\"x,\"u\"\n" + good("03") + good("02"));
    CHECK_FALSE(middle.failure);
    CHECK(middle.rows.size() == 3);
    CHECK(lines_of(middle.unread) == lines{4});

    const auto open = rows_of(good("05") + "\"2026-11-04\",\"x\",\"u\n" + good("03") + good("02"));
    CHECK_FALSE(open.failure);
    CHECK(open.rows.size() == 3);
    CHECK(lines_of(open.unread) == lines{4});

    const auto last = rows_of(good("05") + "\"2026-11-04\",\"x\",\"u\n");
    CHECK_FALSE(last.failure);
    CHECK(last.complete);
    CHECK(last.rows.size() == 1);
    CHECK(lines_of(last.unread) == lines{4});

    const auto bare_fields = rows_of("2026-11-05,x,u\n2026-11-04,\"x,u\n2026-11-03,x,u\n2026-11-02,x,u\n");
    CHECK_FALSE(bare_fields.failure);
    CHECK(bare_fields.rows.size() == 3);
    CHECK(lines_of(bare_fields.unread) == lines{4});
}

TEST_CASE("activity rows: five unreadable rows in a row are no accident")
{
    std::string rows;
    for (int i = 0; i < 3; ++i)
        rows += "d,e\nd\nd\nd\nd\n";
    const auto often = read(begin + "Date,Details\n" + rows + end);
    CHECK_FALSE(often.failure);
    CHECK(often.unread.size() == 12);
    CHECK(often.rows.size() == 3);
    const auto always = read(begin + "Date,Details\n" + rows + "d\n" + end);
    CHECK(always.failure == errc::csv_malformed);
    CHECK(always.line == 18);
}

TEST_CASE("activity rows: a bare answer that ends inside of a row is cut, not odd")
{
    const auto out = read("Date,Details\nd,e\nd,\"f\n\n");
    CHECK(out.failure == errc::csv_malformed);
    CHECK(out.line == 3);
    CHECK(out.rows.size() == 1);
    CHECK(read("Date,Details,User\nd,e,u\nd,e").failure == errc::csv_malformed);
    CHECK(read("Date,Details,User\nd,e,u\nd,e,f").rows.size() == 2);
}

TEST_CASE("activity rows: a footer in other words is read for its address, or for Finished")
{
    const auto with_footer = [](const std::string& rows)
    { return *read(begin + two_rows + end + footer_begin + rows + footer_end).footer; };
    const auto truncated = with_footer(
        "\"Status Message\",\"Next ID\",\"Next URL\"\n\"Truncated\",\"77\",\"https://x/?action=list&id_max=77\"\n"
    );
    CHECK(truncated == activity_footer{"", "", "https://x/?action=list&id_max=77"});
    CHECK(with_footer("\"Status Message\"\n\"finished\"\n") == activity_footer{"", "", "", true});
    CHECK(with_footer("\"Something\"\n\"else\"\n") == activity_footer{});
    CHECK(with_footer("\"CODE\",\"NEXT\"\n\"\",\"https://x/?id_max=5\"\n").url == "https://x/?id_max=5");
    CHECK(with_footer("\"See https://y\",\"https://x/?id_max=5\"\n").url == "https://x/?id_max=5");
}

TEST_CASE("activity rows: markers out of order and text behind the end are malformed")
{
    CHECK(read(begin + begin + end).failure == errc::csv_malformed);
    CHECK(read(begin + two_rows + footer_begin + footer_end).failure == errc::csv_malformed);
    CHECK(read(begin + two_rows + end + "more\n").failure == errc::csv_malformed);
    CHECK(read(begin + two_rows + end + footer_begin + footer_end + "more\n").failure == errc::csv_malformed);
    CHECK(read(end).failure == errc::csv_malformed);
}

TEST_CASE("activity rows: a row over the limit is left out, and the next one is read")
{
    const decode::activity_limits limits{.record_bytes = 1000};
    const auto long_row = "d,\"" + std::string(1000, 'x') + "\"\n";
    CHECK(read({"Date,Details\nd,\"" + std::string(500, 'x') + "\"\n"}, limits).rows.size() == 1);
    for (const auto& odd : {long_row, std::string(1000, ',') + "\n"})
    {
        const std::string answer = "Date,Details\n" + odd + "d,e\n";
        const auto out = read({answer}, limits);
        CHECK_FALSE(out.failure);
        CHECK(out.rows == std::vector<row>{{"d", "e"}});
        CHECK(lines_of(out.unread) == lines{2});
        CHECK(out.unread[0].bytes == odd.size());
    }
    CHECK(read({std::string(1000, ',')}, limits).failure == errc::record_too_large);
}

TEST_CASE("activity rows: reading pauses when enough rows wait")
{
    activity_rows log({.pause_bytes = 1});
    std::string_view in = two_rows;
    REQUIRE(*log.feed(in) == progress::paused);
    CHECK(log.take() == std::vector<row>{both[0]});
    CHECK(in == "\"d2\",\"two\"\n");
    CHECK(*log.feed(in) == progress::paused);
}

TEST_CASE("activity rows: a field beyond the limit is cut between two characters and counted")
{
    activity_rows log({.field_bytes = 10});
    std::string_view in = "Date,Details\nd,\"1234567890\"\nd,\"12345678\xE2\x82\xAC\"\"z\"\n";
    REQUIRE(log.feed(in).has_value());
    REQUIRE_FALSE(log.finish());
    const auto rows = log.take();
    REQUIRE(rows.size() == 2);
    CHECK(rows[0][1] == "1234567890");
    CHECK(rows[1][1] == "12345678\xE2\x80\xA6[cut: 5 bytes]");
    CHECK(log.cut() == 1);
    CHECK(log.replaced() == 0);
}

TEST_CASE("activity rows: an error tells what stands at its place")
{
    activity_rows log;
    std::string_view in = "Date,Details\nd,e\n----END_RESPONSE_FOOTER_CSV\n";
    CHECK(log.feed(in).has_error());
    CHECK(log.excerpt().ends_with(",e.----END_RESPONSE_FOOTER_CSV."));
}
