#include "qualys/answer_document.hpp"

#include <doctest/doctest.h>

using namespace qdc;
using namespace qdc::qualys;
using namespace std::chrono_literals;

namespace
{

/// Notes what an answer hands to the derived class.
class answer final : public answer_document
{
public:
    answer() : answer_document("ROOT") {}

    std::string seen;

    error_code read(std::string_view document)
    {
        decode::xml_parser parser(*this);
        const auto fed = parser.feed(document);
        if (!fed)
            return fed.error();
        const auto finished = parser.finish();
        return finished ? outcome() : finished.error();
    }

protected:
    void open(std::string_view name, const char* const*, std::size_t depth) override
    {
        seen += '<' + std::to_string(depth) + std::string(name);
    }

    void close(std::string_view name, std::size_t depth) override
    {
        seen += std::to_string(depth) + std::string(name) + '>';
    }
};

}  // namespace

TEST_CASE("answer document: elements inside RESPONSE go to the derived class, the warning does not")
{
    answer it;
    const auto outcome =
        it.read("<ROOT><RESPONSE><LIST><X/></LIST><WARNING><CODE>1980</CODE><TEXT> more </TEXT>"
                "<URL><![CDATA[\n https://a.example/?id_min=7&x=1 \n]]></URL></WARNING></RESPONSE></ROOT>");
    CHECK_FALSE(outcome);
    CHECK(it.seen == "<3LIST<4X4X>3LIST>");
    REQUIRE(it.last_warning());
    CHECK(it.last_warning()->code == 1980);
    CHECK(it.last_warning()->text == "more");
    CHECK(it.last_warning()->url == "https://a.example/?id_min=7&x=1");
}

TEST_CASE("answer document: the DATETIME of the answer is known as soon as it came, and no other one counts")
{
    answer it;
    CHECK_FALSE(it.read("<ROOT><RESPONSE><DATETIME> 2026-11-22T10:00:00Z\n</DATETIME>"
                        "<LIST><DATETIME>2001-01-01T00:00:00Z</DATETIME></LIST></RESPONSE></ROOT>"));
    REQUIRE(it.dated());
    CHECK(*it.dated() == *parse_utc("2026-11-22T10:00:00Z"));
    CHECK(it.seen == "<3DATETIME3DATETIME><3LIST<4DATETIME4DATETIME>3LIST>");

    answer without;
    CHECK_FALSE(without.read("<ROOT><RESPONSE><DATETIME>yesterday</DATETIME></RESPONSE></ROOT>"));
    CHECK_FALSE(without.dated());
}

TEST_CASE("answer document: a WARNING further down is nobody's warning")
{
    answer it;
    CHECK_FALSE(it.read("<ROOT><RESPONSE><LIST><WARNING/></LIST></RESPONSE></ROOT>"));
    CHECK_FALSE(it.last_warning());
    CHECK(it.seen == "<3LIST<4WARNING4WARNING>3LIST>");
}

TEST_CASE("answer document: a notice beside the cursor does not hide it")
{
    const std::string more = "<WARNING><CODE>1980</CODE><TEXT>more</TEXT><URL>?id_min=7</URL></WARNING>";
    const std::string notice = "<WARNING><TEXT>This version ends soon.</TEXT></WARNING>";
    for (const auto& both : {more + notice, notice + more})
    {
        CAPTURE(both);
        answer it;
        CHECK_FALSE(it.read("<ROOT><RESPONSE>" + both + "</RESPONSE></ROOT>"));
        REQUIRE(it.last_warning());
        CHECK(it.last_warning()->url == "?id_min=7");
        REQUIRE(it.notices().size() == 1);
        CHECK(it.notices().front() == "This version ends soon.");
    }
}

TEST_CASE("answer document: SIMPLE_RETURN says code, text and wait")
{
    answer it;
    const auto outcome =
        it.read("<!DOCTYPE SIMPLE_RETURN SYSTEM \"https://sim.example.com/r.dtd\">\n<SIMPLE_RETURN><RESPONSE>"
                "<DATETIME>2026-11-22T10:00:00Z</DATETIME><CODE>1965</CODE><TEXT>\n<![CDATA[Wait a bit.]]>\n</TEXT>"
                "<ITEM_LIST><ITEM><KEY>CALLS_TO_FINISH</KEY><VALUE>2</VALUE></ITEM>"
                "<ITEM><KEY>SECONDS_TO_WAIT</KEY><VALUE>68928</VALUE></ITEM></ITEM_LIST></RESPONSE></SIMPLE_RETURN>");
    CHECK(outcome == errc::refused);
    CHECK(it.refused().code == 1965);
    CHECK(it.refused().text == "Wait a bit.");
    CHECK(it.refused().wait == 68928s);
    CHECK(it.seen.empty());
}

TEST_CASE("answer document: a wait of nothing is no wait, or a retry would never pause")
{
    for (const char* const value : {"0", "", "soon", "-5", "99999999999999999999"})
    {
        CAPTURE(value);
        answer it;
        CHECK(
            it.read(
                std::string("<SIMPLE_RETURN><RESPONSE><CODE>1965</CODE><ITEM_LIST><ITEM><KEY>SECONDS_TO_WAIT</KEY>") +
                "<VALUE>" + value + "</VALUE></ITEM></ITEM_LIST></RESPONSE></SIMPLE_RETURN>"
            ) == errc::refused
        );
        CHECK_FALSE(it.refused().wait);
    }
}

TEST_CASE("answer document: GENERIC_RETURN is an error too")
{
    answer it;
    CHECK(
        it.read("<GENERIC_RETURN><API name=\"x\"/><RETURN status=\"FAILED\">Internal error</RETURN></GENERIC_RETURN>"
        ) == errc::refused
    );
    CHECK(it.refused().code == 0);
    CHECK(it.refused().text == "Internal error");
}

TEST_CASE("answer document: another document is named")
{
    answer it;
    CHECK(it.read("<OTHER><RESPONSE><LIST/></RESPONSE></OTHER>") == errc::unexpected_root);
    CHECK(it.root() == "OTHER");
    CHECK(it.seen.empty());
}

TEST_CASE("answer document: an endless error text is kept in part")
{
    answer it;
    CHECK(
        it.read("<SIMPLE_RETURN><RESPONSE><TEXT>" + std::string(100'000, 'x') + "</TEXT></RESPONSE></SIMPLE_RETURN>") ==
        errc::refused
    );
    CHECK(it.refused().text.size() == 2000 + std::string_view("…").size());
}
