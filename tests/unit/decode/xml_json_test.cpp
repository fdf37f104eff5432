#include "decode/xml_json.hpp"
#include "decode/xml_parser.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace qdc;
using namespace qdc::decode;

namespace
{

/// The record is the root; its children become the members.
class one_record final : public xml_handler
{
public:
    explicit one_record(xml_json& into) : into_(into) {}

    void on_start(std::string_view name, const char* const* attributes) override
    {
        if (depth_++ == 0)
            into_.begin();
        else
            into_.start(name.data(), attributes);  // Expat's own: it ends with a zero
    }

    void on_text(std::string_view piece) override { into_.text(piece); }

    void on_end(std::string_view) override
    {
        if (--depth_ != 0)
            into_.end();
    }

private:
    xml_json& into_;
    int depth_{0};
};

struct record
{
    element_names names{
        {"ID", "TAG", "NAME", "EC2", "ATTRIBUTE"},
        {{"TAGS", element_kind::list},
         {"METADATA", element_kind::list_of_lists},
         {"FACTORS", element_kind::list_holder},
         {"VULN_COUNT", element_kind::repeated},
         {"RESULTS", element_kind::verbatim}}};
    xml_json json;

    explicit record(std::size_t field_limit = field_limit_bytes) : json(names, field_limit) {}

    std::string of(const std::string& children)
    {
        one_record target(json);
        xml_parser parser(target);
        const std::string document = "<R>" + children + "</R>";
        std::string_view rest = document;
        REQUIRE(parser.feed(rest).has_value());
        REQUIRE(parser.finish().has_value());
        CHECK(json.depth() == 0);
        return std::string(json.object()) + '}';
    }
};

}  // namespace

TEST_CASE_FIXTURE(record, "xml json: text is a string, always")
{
    CHECK(of("<ID>00123</ID><OS>true</OS>") == R"({"ID":"00123","OS":"true"})");
}

TEST_CASE_FIXTURE(record, "xml json: an empty element is an empty string")
{
    CHECK(of("<A/><B></B><C> \n\t</C><D><![CDATA[]]></D>") == R"({"A":"","B":"","C":"","D":""})");
}

TEST_CASE_FIXTURE(record, "xml json: a record without children is an empty object")
{
    CHECK(of("") == "{}");
}

TEST_CASE_FIXTURE(record, "xml json: children make an object, however deep")
{
    CHECK(of("<A><B><C>x</C></B><D/></A>") == R"({"A":{"B":{"C":"x"},"D":""}})");
}

TEST_CASE_FIXTURE(record, "xml json: attributes are @name and text beside them is #text")
{
    CHECK(of(R"(<QDS severity="LOW">35</QDS>)") == R"({"QDS":{"@severity":"LOW","#text":"35"}})");
    CHECK(of(R"(<A x="1" y="&quot;"/>)") == R"({"A":{"@x":"1","@y":"\""}})");
    CHECK(of(R"(<A x="1"><B/></A>)") == R"({"A":{"@x":"1","B":""}})");
}

TEST_CASE_FIXTURE(record, "xml json: text between children is #text too")
{
    CHECK(of("<A>one<B>x</B>two</A>") == R"({"A":{"B":"x","#text":"onetwo"}})");
    CHECK(of("<A> <B/> \n </A>") == R"({"A":{"B":""}})");
    CHECK(of("<A>one<B/><C/></A>") == R"({"A":{"B":"","C":"","#text":"one"}})");
}

TEST_CASE_FIXTURE(record, "xml json: white space around text is trimmed, inside it stays")
{
    CHECK(of("<A>\n  <![CDATA[a  b]]>\n</A>") == R"({"A":"a  b"})");
}

TEST_CASE_FIXTURE(record, "xml json: verbatim text keeps its white space")
{
    CHECK(of("<RESULTS> a\tb\n</RESULTS>") == R"({"RESULTS":" a\tb\n"})");
    CHECK(of("<RESULTS>\n   </RESULTS>") == R"({"RESULTS":"\n   "})");
    CHECK(of("<RESULTS>\n  <![CDATA[a]]>\n </RESULTS>") == R"({"RESULTS":"\n  a\n "})");
    CHECK(of(R"(<RESULTS format="x"> a </RESULTS>)") == R"({"RESULTS":{"@format":"x","#text":" a "}})");
}

TEST_CASE_FIXTURE(record, "xml json: the members of a list are arrays, also a single one")
{
    CHECK(of("<TAGS><TAG><NAME>a</NAME></TAG></TAGS>") == R"({"TAGS":{"TAG":[{"NAME":"a"}]}})");
    CHECK(of("<TAGS><TAG>a</TAG><TAG>b</TAG></TAGS>") == R"({"TAGS":{"TAG":["a","b"]}})");
    CHECK(of("<TAGS><TAG/></TAGS>") == R"({"TAGS":{"TAG":[""]}})");
}

TEST_CASE_FIXTURE(record, "xml json: an empty list is an empty object")
{
    CHECK(of("<TAGS/>") == R"({"TAGS":{}})");
    CHECK(of("<TAGS>\n</TAGS>") == R"({"TAGS":{}})");
    CHECK(of("<FACTORS/>") == R"({"FACTORS":{}})");
}

TEST_CASE_FIXTURE(record, "xml json: a list of lists has a list below each child")
{
    CHECK(
        of("<METADATA><EC2><ATTRIBUTE><NAME>a</NAME></ATTRIBUTE></EC2><NEW/></METADATA>") ==
        R"({"METADATA":{"EC2":{"ATTRIBUTE":[{"NAME":"a"}]},"NEW":{}}})"
    );
}

TEST_CASE_FIXTURE(record, "xml json: a repeated element is an array in any parent, its siblings are not")
{
    CHECK(
        of(R"(<FACTORS><F>x</F><VULN_COUNT q="1">7</VULN_COUNT></FACTORS>)") ==
        R"({"FACTORS":{"F":"x","VULN_COUNT":[{"@q":"1","#text":"7"}]}})"
    );
}

TEST_CASE_FIXTURE(record, "xml json: an element that occurs twice becomes an array")
{
    CHECK(of("<A>1</A><A>2</A><A>3</A>") == R"({"A":["1","2","3"]})");
    CHECK(of("<A><B>1</B></A><A><B>2</B><B>3</B></A>") == R"({"A":[{"B":"1"},{"B":["2","3"]}]})");
}

TEST_CASE_FIXTURE(record, "xml json: it does so too when something else stands between")
{
    CHECK(of("<A>1</A><B>x</B><A>2</A>") == R"({"A":["1","2"],"B":"x"})");
    CHECK(of("<A>1</A><B>x</B><A>2</A><B>y</B><A>3</A><C/>") == R"({"A":["1","2","3"],"B":["x","y"],"C":""})");
    CHECK(
        of("<P><A><X>1</X></A><B/><A y='2'>t<X>3</X><Z/><X>4</X></A></P><A>5</A>") ==
        R"({"P":{"A":[{"X":"1"},{"@y":"2","X":["3","4"],"Z":"","#text":"t"}],"B":""},"A":"5"})"
    );
}

TEST_CASE_FIXTURE(record, "xml json: arrays in arrays that come interleaved")
{
    CHECK(
        of("<A><X>1</X><Y/><X>2</X></A><B/><A><X>3</X><Y/><X>4</X></A><B/>") ==
        R"({"A":[{"X":["1","2"],"Y":""},{"X":["3","4"],"Y":""}],"B":["",""]})"
    );
    CHECK(of("<TAGS><TAG>a</TAG><OTHER/><TAG>b</TAG></TAGS>") == R"({"TAGS":{"TAG":["a","b"],"OTHER":[""]}})");
}

TEST_CASE_FIXTURE(record, "xml json: names beyond those the index holds are found as well")
{
    std::string children, expected = "{\"A0\":[\"\",\"\"]";
    for (int i = 0; i < 400; ++i)
        children += "<A" + std::to_string(i) + "/>";
    for (int i = 1; i < 400; ++i)
        expected += ",\"A" + std::to_string(i) + "\":" + (i == 399 ? "[\"\",\"\"]" : "\"\"");
    CHECK(of(children + "<A399/><A0/>") == expected + '}');
}

TEST_CASE_FIXTURE(record, "xml json: characters of JSON's own and of four bytes")
{
    CHECK(of("<A>\"\\&lt;&#9;x&#x1F600;</A>") == "{\"A\":\"\\\"\\\\<\\tx\xF0\x9F\x98\x80\"}");
}

TEST_CASE_FIXTURE(record, "xml json: what XML and UTF-8 forbid becomes U+FFFD")
{
    CHECK(of("<A>a\x01z\xFF&#0;</A>") == "{\"A\":\"a\xEF\xBF\xBDz\xEF\xBF\xBD\xEF\xBF\xBD\"}");
}

TEST_CASE_FIXTURE(
    record, "xml json: the text of the open element is known while it is open, without white space around it"
)
{
    const char* const none[] = {nullptr};
    const char* const one[] = {"a", "1", nullptr};
    for (const char* const* attributes : {none, one})
    {
        json.begin();
        json.start("ID", attributes);
        for (const char* piece : {"\n", "    10", "0 0", "\n", "    "})
            json.text(piece);
        CHECK(json.open_text() == "100 0");
        json.end();
    }
}

TEST_CASE_FIXTURE(record, "xml json: undocumented elements pass through and are counted")
{
    CHECK(of("<ID>1</ID><NEW><ID/><DEEP/></NEW>") == R"({"ID":"1","NEW":{"ID":"","DEEP":""}})");
    CHECK(json.unknown() == 2);
}

TEST_CASE_FIXTURE(record, "xml json: nothing of one record is left in the next")
{
    CHECK(of("<A>1</A><A>2</A>mixed<B/>") == R"({"A":["1","2"],"B":""})");
    CHECK(of("<A>1</A>") == R"({"A":"1"})");
    CHECK(of("<TAGS/>") == R"({"TAGS":{}})");
}

TEST_CASE("xml json: a record beyond its limit is an error, text in front of children counts")
{
    element_names names{{"A", "B"}, {}};
    xml_json json(names, field_limit_bytes, 1000);
    const char* const none[] = {nullptr};
    json.begin();
    json.start("A", none);
    json.text(std::string(900, 'x'));
    json.start("B", none);
    CHECK_NOTHROW(json.end());
    json.start("B", none);
    json.text(std::string(100, 'x'));
    error_code failure;
    try
    {
        json.end();
    }
    catch (const boost::system::system_error& thrown)
    {
        failure = thrown.code();
    }
    CHECK(failure == errc::record_too_large);
}

namespace
{

struct narrow_record : record
{
    narrow_record() : record(10) {}
};

}  // namespace

TEST_CASE_FIXTURE(narrow_record, "xml json: a text beyond the limit is cut and counted, its neighbours are whole")
{
    CHECK(
        of("<A>12345678901</A><B>1234567890</B><RESULTS>1234567890\t\t</RESULTS>") ==
        "{\"A\":\"1234567890\xE2\x80\xA6[cut: 1 "
        "bytes]\",\"B\":\"1234567890\",\"RESULTS\":\"1234567890\xE2\x80\xA6[cut: 2 bytes]\"}"
    );
    CHECK(json.cut() == 2);
}

TEST_CASE_FIXTURE(narrow_record, "xml json: a cut does not split an escape")
{
    CHECK(of("<A>123456789\"\"</A>") == "{\"A\":\"123456789\\\"\xE2\x80\xA6[cut: 1 bytes]\"}");
}

TEST_CASE_FIXTURE(narrow_record, "xml json: text in pieces between children is one value")
{
    CHECK(
        of("<A>123456<B/>7890ab<B/>c</A>") ==
        "{\"A\":{\"B\":[\"\",\"\"],\"#text\":\"1234567890\xE2\x80\xA6[cut: 3 bytes]\"}}"
    );
    CHECK(json.cut() == 1);
}

namespace
{

std::string repeated(std::string_view text, int count)
{
    std::string all;
    for (int i = 0; i < count; ++i)
        all += text;
    return all;
}

/// What reading that record ends with.
error_code failure_of(record& one, const std::string& children)
{
    one_record target(one.json);
    xml_parser parser(target);
    const std::string document = "<R>" + children + "</R>";
    std::string_view rest = document;
    try
    {
        const auto state = parser.feed(rest);
        return state ? error_code() : state.error();
    }
    catch (const boost::system::system_error& thrown)
    {
        return thrown.code();
    }
}

}  // namespace

TEST_CASE_FIXTURE(record, "xml json: the same name in an object and in those around it are different members")
{
    CHECK(
        of("<A>1</A><P><A>2</A><P><A>3</A></P><A>4</A></P><A>5</A><P/>") ==
        R"({"A":["1","5"],"P":[{"A":["2","4"],"P":{"A":"3"}},""]})"
    );
}

TEST_CASE_FIXTURE(record, "xml json: lists that come interleaved are whole whenever the record is looked at")
{
    const char* const none[] = {nullptr};
    const auto add = [this, &none](const char* name, const char* text)
    {
        json.start(name, none);
        json.text(text);
        json.end();
    };
    json.begin();
    add("A", "1");
    add("B", "x");
    add("A", "2");
    add("A", "3");
    CHECK(json.object() == R"({"A":["1","2","3"],"B":"x")");
    add("B", "y");
    add("C", "c");
    add("A", "4");
    CHECK(json.object() == R"({"A":["1","2","3","4"],"B":["x","y"],"C":"c")");
    CHECK(json.object() == R"({"A":["1","2","3","4"],"B":["x","y"],"C":"c")");
}

TEST_CASE_FIXTURE(record, "xml json: very many names that take turns come out as lists")
{
    constexpr int rounds = 20'000;
    const auto list = [](std::string_view item)
    { return "[" + std::string(item) + repeated("," + std::string(item), rounds - 1) + "]"; };
    CHECK(of(repeated("<A>1</A><B/>", rounds)) == "{\"A\":" + list("\"1\"") + ",\"B\":" + list("\"\"") + "}");
}

TEST_CASE_FIXTURE(record, "xml json: nesting and the number of members have a limit")
{
    CHECK_FALSE(failure_of(*this, repeated("<A>", 60) + repeated("</A>", 60)));
    CHECK(failure_of(*this, repeated("<A>", 100)) == errc::xml_too_deep);
    CHECK(failure_of(*this, repeated("<A/><B/>", 100'000)) == errc::record_too_large);
    std::string children;
    for (int i = 0; i < 120'000; ++i)
        children += "<n" + std::to_string(i) + "/>";
    CHECK(failure_of(*this, children) == errc::record_too_large);
}

TEST_CASE_FIXTURE(record, "xml json: white space between text and children is kept as it stands")
{
    CHECK(of("<OS>a\n   <X/>b</OS>") == R"({"OS":{"X":"","#text":"a\n   b"}})");
    CHECK(of("<OS>\n a <X/> b\n</OS>") == R"({"OS":{"X":"","#text":"a  b"}})");
    CHECK(of("<OS>a <X/>  <Y/> b</OS>") == R"({"OS":{"X":"","Y":"","#text":"a    b"}})");
    CHECK(of("<OS>a<X/>\n<Y/>b</OS>") == R"({"OS":{"X":"","Y":"","#text":"a\nb"}})");
    CHECK(of("<OS>a\n <X/>\n <Y/>\n</OS>") == R"({"OS":{"X":"","Y":"","#text":"a"}})");
    CHECK(of("<OS>\n <X/>\n <Y/>\n</OS>") == R"({"OS":{"X":"","Y":""}})");
}
