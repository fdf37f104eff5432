#include "decode/scrubber.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

using qdc::decode::scrubber;

namespace
{

struct scrubbed
{
    std::string text;
    std::uint64_t replaced{0};
    std::uint64_t dropped{0};

    bool operator==(const scrubbed&) const = default;
};

/// Feeds the pieces one after the other and takes at most `room` bytes at a time.
scrubbed scrub(const std::vector<std::string_view>& pieces, std::size_t room)
{
    scrubber one;
    std::string text;
    std::vector<char> buffer(room);
    for (std::size_t i = 0; i < pieces.size(); ++i)
    {
        auto in = pieces[i];
        for (std::size_t written = room; written == room;)
        {
            written = one.scrub(in, buffer, i + 1 == pieces.size());
            text.append(buffer.data(), written);
        }
        REQUIRE(in.empty());
    }
    return {text, one.replaced(), one.dropped()};
}

/// The document as a whole; checks on the way that neither cuts of the input nor the room for the output matter.
scrubbed scrub(std::string_view document)
{
    const auto whole = scrub({document}, 1 << 16);
    for (std::size_t cut = 0; cut <= document.size(); ++cut)
    {
        CAPTURE(cut);
        CHECK(scrub({document.substr(0, cut), document.substr(cut)}, 1 << 16) == whole);
    }
    std::vector<std::string_view> bytes;
    for (std::size_t at = 0; at < document.size(); ++at)
        bytes.push_back(document.substr(at, 1));
    bytes.push_back({});
    for (const std::size_t room : {1u, 2u, 3u, 17u, 64u})
    {
        CAPTURE(room);
        CHECK(scrub(bytes, room) == whole);
        CHECK(scrub({document}, room) == whole);
    }
    return whole;
}

std::string cleaned(std::string_view document)
{
    return scrub(document).text;
}

/// `text` as the content of a document: without the tags again.
std::string content(std::string_view text)
{
    const auto whole = cleaned("<a>" + std::string(text) + "</a>");
    return whole.substr(3, whole.size() - 7);
}

constexpr std::string_view good =
    "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\r\n"
    "<!DOCTYPE A SYSTEM \"https://sim.example.com/a.dtd\">\n"
    "<!-- a note: &#0; --><A x='1 &lt; 2'>\t&amp;&#10;&#x1F600;&#65533;<![CDATA[&#0;]] &#x1;]]><?go &#2;?>"
    "H\xC3\xA9t\xC3\xA9rog\xC3\xA8ne \xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E \xF0\x9F\x98\x80</A>\n<!-- the end -->\n";

}  // namespace

TEST_CASE("scrubber: a good document passes byte for byte")
{
    const auto out = scrub(good);
    CHECK(out.text == good);
    CHECK(out.replaced == 0);
    CHECK(out.dropped == 0);
}

TEST_CASE("scrubber: indentation in front of a start tag is dropped")
{
    CHECK(content("\n  <B>\r\n    <C/></B>\n <D>x</D>") == "\n<B>\r\n<C/></B>\n<D>x</D>");
}

TEST_CASE("scrubber: white space anywhere else stays")
{
    for (const std::string_view text :
         {"\n  </B>",
          "\n  ",
          "\n  x",
          "\n  <![CDATA[y]]>",
          "\n  <!-- z -->",
          "\n  <?go on?>",
          "\n  &amp;",
          "\n  < B>",
          "\n  <\n  <",
          " <B/>",
          "\t<B/>",
          "\n\t <B/>",
          "x\n  y",
          "<![CDATA[\n  <B>]]>",
          "<!--\n  <B>-->",
          "<?go\n  <B>?>"})
    {
        CAPTURE(text);
        CHECK(content(text) == text);
    }
}

TEST_CASE("scrubber: more than 64 blanks are not taken for indentation")
{
    CHECK(content('\n' + std::string(64, ' ') + "<B/>") == "\n<B/>");
    CHECK(content('\n' + std::string(65, ' ') + "<B/>") == '\n' + std::string(65, ' ') + "<B/>");
}

TEST_CASE("scrubber: what the end of a document leaves open behind a line feed passes")
{
    CHECK(cleaned("<a>\n   ") == "<a>\n   ");
    CHECK(cleaned("<a>\n   <") == "<a>\n   <");
}

TEST_CASE("scrubber: a document without declaration keeps its leading comment")
{
    CHECK(cleaned("<!-- evaluation -->\n<A/>") == "<!-- evaluation -->\n<A/>");
}

TEST_CASE("scrubber: what stands before the declaration is dropped")
{
    const std::string document = "<?xml version='1.0'?><A/>";
    for (const std::string junk :
         {"<!-- keep-alive <?xml no -->\n", "\xEF\xBB\xBF", "\r\n \n", "Warning: 1 < 2 <3\n", "a<!-- b -->c<?d e?>f"})
    {
        CAPTURE(junk);
        const auto out = scrub(junk + document);
        CHECK(out.text == document);
        CHECK(out.dropped == junk.size());
    }
}

TEST_CASE("scrubber: without a declaration only blanks and text before the first markup are dropped")
{
    CHECK(cleaned(" \n\n<A/>") == "<A/>");
    CHECK(cleaned("\xEF\xBB\xBF<!DOCTYPE A><A/>") == "<!DOCTYPE A><A/>");
    CHECK(cleaned("stray <!-- kept --> <A/>") == "<!-- kept --> <A/>");
    CHECK(cleaned("x<?style a?><A/>") == "<?style a?><A/>");
}

TEST_CASE("scrubber: what is no XML at all passes, so that it can be shown")
{
    CHECK(cleaned("Bad Login/Password") == "Bad Login/Password");
    CHECK(cleaned("1 < 2") == "1 < 2");
    CHECK(cleaned(" ") == " ");
    CHECK(cleaned("") == "");
    CHECK(cleaned("<!-- never closed") == "<!-- never closed");
    CHECK(cleaned("<?xml never closed") == "<?xml never closed");
}

TEST_CASE("scrubber: a text without markup is held back up to 64 KiB, not further")
{
    scrubber one;
    const std::string text(100'000, 'x');
    std::vector<char> room(200'000);
    std::string_view in = text;
    CHECK(one.scrub(in, room, false) == text.size());
    CHECK(in.empty());
}

TEST_CASE("scrubber: a comment longer than the look-ahead passes")
{
    const auto document = "<!--" + std::string(70'000, '-') + "--><?xml version='1.0'?><A/>";
    const auto out = scrub({document}, 1 << 16);
    CHECK(out.text == document);
}

TEST_CASE("scrubber: each control character that XML forbids becomes U+FFFD")
{
    for (int c = 0; c < 0x20; ++c)
    {
        CAPTURE(c);
        const std::string text{'a', static_cast<char>(c), 'b'};
        const bool allowed = c == '\t' || c == '\n' || c == '\r';
        CHECK(
            content(text) == (allowed ? text
                                      : "a\xEF\xBF\xBD"
                                        "b")
        );
    }
    CHECK(content("\x7F") == "\x7F");
}

TEST_CASE("scrubber: controls are replaced in CDATA, comments and names alike, and counted")
{
    const auto out = scrub("<a\x01><![CDATA[\x08]\x02]]><!--\x03-->\x04</a>");
    CHECK(out.text == "<a\xEF\xBF\xBD><![CDATA[\xEF\xBF\xBD]\xEF\xBF\xBD]]><!--\xEF\xBF\xBD-->\xEF\xBF\xBD</a>");
    CHECK(out.replaced == 5);
}

TEST_CASE("scrubber: U+FFFE and U+FFFF become U+FFFD")
{
    CHECK(content("\xEF\xBF\xBE.\xEF\xBF\xBF.\xEF\xBF\xBD") == "\xEF\xBF\xBD.\xEF\xBF\xBD.\xEF\xBF\xBD");
}

TEST_CASE("scrubber: a maximal ill-formed subsequence becomes one U+FFFD")
{
    const std::string u = "\xEF\xBF\xBD";
    // The sample of Unicode 15, table 3-11.
    CHECK(
        content("\x61\xF1\x80\x80\xE1\x80\xC2\x62\x80\x63\x80\xBF\x64") == "a" + u + u + u + "b" + u + "c" + u + u + "d"
    );
    CHECK(content("\xC0\xAF") == u + u);
    CHECK(content("\xE0\x80\xAF") == u + u + u);
    CHECK(content("\xED\xA0\x80") == u + u + u);
    CHECK(content("\xF4\x90\x80\x80") == u + u + u + u);
    CHECK(content("\xF8\xFF") == u + u);
    CHECK(content("\xC3<b/>\xE6\x97<c/>") == u + "<b/>" + u + "<c/>");
}

TEST_CASE("scrubber: a sequence that the end cuts becomes one U+FFFD")
{
    const auto out = scrub("<a>\xF0\x9F\x98");
    CHECK(out.text == "<a>\xEF\xBF\xBD");
    CHECK(out.replaced == 1);
}

TEST_CASE("scrubber: a numeric reference to a forbidden character becomes U+FFFD")
{
    for (const std::string bad :
         {"&#0;",
          "&#x1F;",
          "&#xFFFE;",
          "&#65535;",
          "&#xD800;",
          "&#xdfff;",
          "&#x110000;",
          "&#99999999999999999999;",
          "&#011;"})
    {
        CAPTURE(bad);
        CHECK(
            content("a" + bad + "b") == "a\xEF\xBF\xBD"
                                        "b"
        );
    }
    CHECK(cleaned("<a b='&#1;'/>") == "<a b='\xEF\xBF\xBD'/>");
    CHECK(scrub("<a>&#1;&#2;</a>").replaced == 2);
}

TEST_CASE("scrubber: every other reference stays as it is, also a broken one")
{
    for (const std::string text :
         {"&#9;",
          "&#xA;",
          "&#13;",
          "&#x10FFFF;",
          "&#000000000000000065;",
          "&amp;",
          "&nbsp;",
          "&",
          "&#",
          "&#;",
          "&#x;",
          "&#X1;",
          "&#1 ;",
          "&#x1",
          "&&#xG;",
          "&#x1&#10;",
          "&#-1;"})
    {
        CAPTURE(text);
        CHECK(content(text) == text);
    }
    CHECK(content("&#1&#1;") == "&#1\xEF\xBF\xBD");
}

TEST_CASE("scrubber: a reference is only text in CDATA, in comments and in processing instructions")
{
    for (const std::string text : {"<![CDATA[&#0;]]]&#0;]]>", "<!--&#0;-&#0;-->", "<!---&#0;-->", "<?p &#0;? &#0;?\?>"})
    {
        CAPTURE(text);
        CHECK(content(text) == text);
        CHECK(content(text + "&#0;") == text + "\xEF\xBF\xBD");
    }
    CHECK(content("<!&#0;<![CDAT&#0;<!-&#0;") == "<!\xEF\xBF\xBD<![CDAT\xEF\xBF\xBD<!-\xEF\xBF\xBD");
    CHECK(content("<<![CDATA[&#0;") == "<<![CDATA[&#0;");
}

TEST_CASE("scrubber: a document in another encoding keeps its bytes from 0x80 up")
{
    const std::string head = "<?xml version='1.0' encoding='ISO-8859-1'?>";
    CHECK(cleaned(head + "<a>\xE9t\xE9 \xFF</a>") == head + "<a>\xE9t\xE9 \xFF</a>");
    CHECK(cleaned(head + "<a>\x01&#2;</a>") == head + "<a>&#xFFFD;&#xFFFD;</a>");
    CHECK(cleaned(head + "<![CDATA[]\x01>]]>") == head + "<![CDATA[]]]>&#xFFFD;<![CDATA[>]]>");
    CHECK(cleaned(head + "<!--\x01-->") == head + "<!--?-->");
}

TEST_CASE("scrubber: the name of the encoding counts in any case")
{
    const std::string head = "<?xml version=\"1.0\" encoding = \"utf-8\" standalone='yes'?>";
    CHECK(cleaned(head + "<a>\xFF</a>") == head + "<a>\xEF\xBF\xBD</a>");
}

TEST_CASE("scrubber: UTF-16 passes untouched")
{
    const std::string little("\xFF\xFE<\0a\0/\0>\0", 10);
    CHECK(cleaned(little) == little);
}

TEST_CASE("scrubber: a long run and what follows it are not confused")
{
    // Every distance to the ends of the blocks that are looked at together.
    for (std::size_t length = 0; length < 70; ++length)
    {
        CAPTURE(length);
        const std::string run(length, 'x');
        CHECK(
            scrub({"<a>" + run + "\x01" + run + "&#1;" + run + "\xC3\xA9</a>"}, 1 << 16).text ==
            "<a>" + run + "\xEF\xBF\xBD" + run + "\xEF\xBF\xBD" + run + "\xC3\xA9</a>"
        );
    }
}

TEST_CASE("scrubber: white space behind text is part of the text, also in front of a start tag")
{
    CHECK(content("a\n   <B/>") == "a\n   <B/>");
    CHECK(content("&amp;\n   <B/>") == "&amp;\n   <B/>");
    CHECK(content("\xC3\xA9\n   <B/>") == "\xC3\xA9\n   <B/>");
    CHECK(content("<C/>\n   <B/>") == "<C/>\n<B/>");
}
