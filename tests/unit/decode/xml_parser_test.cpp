#include "decode/xml_parser.hpp"

#include <doctest/doctest.h>

#include <random>
#include <stdexcept>
#include <string>

using namespace qdc;
using namespace qdc::decode;

namespace
{

/// Writes every event down; text that arrives in pieces is joined.
class notes final : public xml_handler
{
public:
    std::string text;
    std::string pause_after;  ///< pauses after each end of this element
    bool throws{false};

    void on_start(std::string_view name, const char* const* attributes) override
    {
        close_text();
        text += '<';
        text += name;
        for (; *attributes != nullptr; attributes += 2)
            text += std::string(" ") + attributes[0] + '=' + attributes[1];
        text += '>';
    }

    void on_text(std::string_view piece) override
    {
        if (!in_text_)
            text += '[';
        in_text_ = true;
        text += piece;
    }

    void on_end(std::string_view name) override
    {
        if (throws)
            throw std::runtime_error("the handler's own");
        close_text();
        text += "</";
        text += name;
        text += '>';
        wants_pause_ = name == pause_after;
    }

    bool wants_pause() const override { return wants_pause_; }

private:
    void close_text()
    {
        if (std::exchange(in_text_, false))
            text += ']';
    }

    bool in_text_{false};
    bool wants_pause_{false};
};

struct reading
{
    notes seen;
    xml_parser parser{seen};
    int pauses{0};

    error_code feed(std::string_view piece)
    {
        for (;;)
        {
            const auto state = parser.feed(piece);
            if (!state)
                return state.error();
            if (*state == progress::hungry)
                return {};
            ++pauses;
        }
    }

    error_code finish()
    {
        for (;;)
        {
            const auto state = parser.finish();
            if (!state)
                return state.error();
            if (*state == progress::hungry)
                return {};
            ++pauses;
        }
    }

    error_code whole(std::string_view document)
    {
        const auto failure = feed(document);
        return failure ? failure : finish();
    }
};

const std::string document =
    "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n"
    "<!DOCTYPE A SYSTEM \"https://sim.example.com/a.dtd\">\n<!-- before -->\n"
    "<A x='1 &amp; 2'>a&lt;b<!-- inside -->c<B><![CDATA[ <&> ]]>\xC3\xBC\xF0\x9F\x98\x80</B>\n<C/><?pi x?></A>\n"
    "<!-- after -->\n";

const std::string events = "<A x=1 & 2>[a<bc]<B>[ <&> \xC3\xBC\xF0\x9F\x98\x80]</B>[\n]<C></C></A>";

}  // namespace

TEST_CASE("xml parser: comments anywhere, an unread DTD, CDATA and the five entities")
{
    reading it;
    REQUIRE_FALSE(it.whole(document));
    CHECK(it.seen.text == events);
}

TEST_CASE("xml parser: a document gives the same events wherever it is cut in two")
{
    for (std::size_t cut = 0; cut <= document.size(); ++cut)
    {
        CAPTURE(cut);
        reading it;
        REQUIRE_FALSE(it.feed(document.substr(0, cut)));
        REQUIRE_FALSE(it.whole(document.substr(cut)));
        CHECK(it.seen.text == events);
    }
}

TEST_CASE("xml parser: the same byte by byte and in pieces of any size")
{
    std::minstd_rand random(20240110);
    for (int round = 0; round < 100; ++round)
    {
        CAPTURE(round);
        reading it;
        for (std::size_t at = 0; at < document.size();)
        {
            const auto size = round == 0 ? 1 : 1 + random() % 40;
            REQUIRE_FALSE(it.feed(std::string_view(document).substr(at, size)));
            at += size;
        }
        REQUIRE_FALSE(it.finish());
        CHECK(it.seen.text == events);
    }
}

TEST_CASE("xml parser: it pauses when asked to and goes on with what is left")
{
    for (const std::size_t size : {std::size_t{1}, std::size_t{7}, std::string::npos})
    {
        CAPTURE(size);
        reading it;
        it.seen.pause_after = "B";
        const std::string many = "<A><B>1</B><B>2</B>text<B/></A>";
        for (std::size_t at = 0; at < many.size(); at += std::min(size, many.size()))
            REQUIRE_FALSE(it.feed(std::string_view(many).substr(at, size)));
        REQUIRE_FALSE(it.finish());
        CHECK(it.seen.text == "<A><B>[1]</B><B>[2]</B>[text]<B></B></A>");
        CHECK(it.pauses == 3);
    }
}

TEST_CASE("xml parser: after a pause nothing more is reported before it is fed on")
{
    reading it;
    it.seen.pause_after = "B";
    std::string_view rest = "<A><B>1</B><B>2</B></A>";
    const auto first = it.parser.feed(rest);
    REQUIRE(first.has_value());
    CHECK(*first == progress::paused);
    CHECK(it.seen.text == "<A><B>[1]</B>");
}

TEST_CASE("xml parser: a cut document is not a malformed one")
{
    const std::string whole = "<?xml version=\"1.0\"?><A x='1'>t&amp;<![CDATA[c]]><B>\xC3\xBC</B><!-- c --></A>";
    for (std::size_t size = 0; size < whole.size(); ++size)
    {
        CAPTURE(size);
        reading it;
        CHECK(it.whole(whole.substr(0, size)) == errc::root_not_closed);
    }
}

TEST_CASE("xml parser: broken markup is malformed, and the place is known")
{
    reading it;
    CHECK(it.whole("<A>\n<B></C></A>") == errc::xml_malformed);
    CHECK(it.parser.fault().line == 2);
    CHECK(it.parser.fault().column == 5);
    CHECK(it.parser.fault().what == "mismatched tag");
    CHECK(it.parser.fault().excerpt == "<A>.<B></C></A>");
    CHECK(it.parser.fault().text() == "line 2, column 5: mismatched tag, near \"<A>.<B></C></A>\"");
}

TEST_CASE("xml parser: indentation does not move the line of an error")
{
    reading it;
    CHECK(it.whole("<A>\n    <B>\n        <C/>\n    </B>\n    <B></C></A>") == errc::xml_malformed);
    CHECK(it.parser.fault().line == 5);
}

TEST_CASE("xml parser: an error far inside shows the bytes around its place, whatever came before in other pieces")
{
    for (const std::size_t size : {std::size_t{1}, std::size_t{1000}, std::string::npos})
    {
        CAPTURE(size);
        reading it;
        const std::string text = "<A>" + std::string(50'000, 'y') + "<B>customer\x02s</C>" + std::string(100, 'z');
        error_code failure;
        for (std::size_t at = 0; at < text.size() && !failure; at += std::min(size, text.size()))
            failure = it.feed(std::string_view(text).substr(at, size));
        CHECK(failure == errc::xml_malformed);
        const auto& excerpt = it.parser.fault().excerpt;
        CHECK(excerpt.starts_with("\xE2\x80\xA6yyyy"));
        CHECK(excerpt.find("<B>customer...s</C>") != std::string::npos);
        CHECK(excerpt.size() <= 66);
    }
}

TEST_CASE("xml parser: something behind the root is malformed")
{
    reading it;
    CHECK(it.whole("<A/><A/>") == errc::xml_malformed);
}

TEST_CASE("xml parser: a declared entity is refused, used or not")
{
    for (const char* const text :
         {"<!DOCTYPE A [<!ENTITY e 'x'>]><A>&e;</A>",
          "<!DOCTYPE A [<!ENTITY e 'x'>]><A/>",
          "<!DOCTYPE A [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><A>&e;</A>",
          "<!DOCTYPE A [<!ENTITY % e SYSTEM 'https://sim.example.com/e'> %e;]><A/>"})
    {
        CAPTURE(text);
        reading it;
        CHECK(it.whole(text) == errc::xml_entity);
    }
}

TEST_CASE("xml parser: an unknown entity is refused, not dropped")
{
    for (const char* const doctype : {"", "<!DOCTYPE A SYSTEM 'https://sim.example.com/a.dtd'>"})
    {
        for (const char* const use : {"<A>a&nbsp;b</A>", "<A x='a&nbsp;b'/>", "<A x='&#65;&amp;' y='&nbsp;'>t</A>"})
        {
            const auto text = std::string(doctype) + use;
            CAPTURE(text);
            reading it;
            CHECK(it.whole(text) == errc::xml_entity);
        }
    }
}

TEST_CASE("xml parser: references to characters and to XML's own entities are fine in attributes")
{
    reading it;
    const auto failure = it.whole(
        "<!DOCTYPE A SYSTEM 'https://sim.example.com/a.dtd'><A x='&#65;&#x42;&amp;&lt;&gt;&quot;&apos;nbsp;'>&nbs</A>"
    );
    CHECK(failure == errc::xml_malformed);
    CHECK(it.seen.text.starts_with("<A x=AB&<>\"'nbsp;>"));
}

TEST_CASE("xml parser: a token without end is refused before it fills the memory")
{
    notes seen;
    xml_parser parser(seen, 100'000);
    error_code failure;
    std::size_t fed = 0;
    const std::string piece(10'000, 'y');
    std::string_view first = "<A x='";
    REQUIRE(parser.feed(first).has_value());
    for (; !failure && fed < 1'000'000; fed += piece.size())
    {
        std::string_view rest = piece;
        const auto state = parser.feed(rest);
        failure = state ? error_code() : state.error();
    }
    CHECK(failure == errc::xml_too_large);
    CHECK(fed < 200'000);
}

TEST_CASE("xml parser: text without end is handed out in pieces")
{
    notes seen;
    xml_parser parser(seen, 100'000);
    const std::string piece(10'000, 'y');
    std::string_view first = "<A><![CDATA[";
    REQUIRE(parser.feed(first).has_value());
    for (int i = 0; i < 100; ++i)
    {
        std::string_view rest = piece;
        REQUIRE(parser.feed(rest).has_value());
    }
    CHECK(seen.text.size() > 900'000);
}

TEST_CASE("xml parser: an exception of the handler comes out")
{
    reading it;
    it.seen.throws = true;
    CHECK_THROWS_WITH_AS(static_cast<void>(it.feed("<A></A><")), "the handler's own", std::runtime_error);
}

TEST_CASE("xml parser: forbidden characters are replaced and counted")
{
    reading it;
    REQUIRE_FALSE(it.whole("<A>a\x02\xC3(b</A>"));
    CHECK(it.seen.text == "<A>[a\xEF\xBF\xBD\xEF\xBF\xBD(b]</A>");
    CHECK(it.parser.replaced() == 2);
}

TEST_CASE("xml parser: depth has a limit, and the document is malformed behind it")
{
    const auto nested = [](int levels)
    {
        std::string xml = "<R>";
        for (int i = 1; i < levels; ++i)
            xml += "<a>";
        for (int i = 1; i < levels; ++i)
            xml += "</a>";
        return xml + "</R>";
    };
    CHECK_FALSE(reading().feed(nested(64)));
    reading deep;
    CHECK(deep.feed(nested(65)) == errc::xml_too_deep);
    CHECK(deep.parser.fault().text().find("line 1, column") != std::string::npos);
    reading shallow;
    std::string siblings = "<R>";
    for (int i = 0; i < 1000; ++i)
        siblings += "<a><b/></a>";
    CHECK_FALSE(shallow.feed(siblings + "</R>"));
}

TEST_CASE("xml parser: names that never repeat do not fill the memory, be they of elements or of attributes")
{
    const auto endless = [](std::string_view front, std::string_view back)
    {
        reading one;
        error_code failure = one.feed("<R>");
        for (int i = 0; i < 2'000'000 && !failure; ++i)
        {
            failure = one.feed(std::string(front) + std::to_string(i) + std::string(back));
            one.seen.text.clear();
        }
        return failure;
    };
    CHECK(endless("<n", "/>") == errc::xml_too_large);
    CHECK(endless("<n a", "=''/>") == errc::xml_too_large);
    CHECK(endless("<" + std::string(10'000, 'n'), "/>") == errc::xml_too_large);
}

TEST_CASE("xml parser: encodings of one byte a character are read under their common names")
{
    for (const char* const name : {"windows-1252", "Windows_1252", "cp1252"})
    {
        reading one;
        CHECK_FALSE(one.whole("<?xml version='1.0' encoding='" + std::string(name) + "'?><a>\x80\xE9\x99</a>"));
        CHECK(one.seen.text == "<a>[\xE2\x82\xAC\xC3\xA9\xE2\x84\xA2]</a>");
    }
    for (const char* const name : {"ISO-8859-15", "iso8859_15", "latin9"})
    {
        reading one;
        CHECK_FALSE(one.whole("<?xml version='1.0' encoding='" + std::string(name) + "'?><a>\xA4\xE9</a>"));
        CHECK(one.seen.text == "<a>[\xE2\x82\xAC\xC3\xA9]</a>");
    }
    reading latin1;
    CHECK_FALSE(latin1.whole("<?xml version='1.0' encoding='ISO_8859-1'?><a>\xA4</a>"));
    CHECK(latin1.seen.text == "<a>[\xC2\xA4]</a>");
}

TEST_CASE("xml parser: UTF-8 has many names")
{
    for (const char* const name : {"utf8", "UTF_8", "utf-8"})
    {
        reading one;
        CAPTURE(name);
        CHECK_FALSE(one.whole("<?xml version='1.0' encoding='" + std::string(name) + "'?><a>\xC3\xA9\xFF</a>"));
        CHECK(one.seen.text == "<a>[\xC3\xA9\xEF\xBF\xBD]</a>");
    }
}

TEST_CASE("xml parser: an encoding that cannot be read is named")
{
    reading one;
    CHECK(one.whole("<?xml version='1.0' encoding='Shift_JIS'?><a/>") == errc::xml_malformed);
    CHECK(one.parser.fault().encoding);
    CHECK(one.parser.fault().text().find("the encoding \"Shift_JIS\" is not supported") != std::string::npos);
}
