#include "host_walk.hpp"

#include "support/golden.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace qdc;
using namespace qdc::test;

TEST_CASE("host answers: a rich detection answer, byte for byte")
{
    host_walk walk;
    static_cast<void>(walk.ask());
    REQUIRE_FALSE(walk.read(data("services/host_list_detection.xml")));
    check_golden("services/host_list_detection.golden", walk.events);
    CHECK(walk.service->counts().received == 5);
    CHECK(walk.service->counts().unknown_elements == 3);
    CHECK(walk.service->counts().replaced_characters == 2);
}

TEST_CASE("host answers: a rich host list, byte for byte")
{
    host_walk walk({}, false);
    static_cast<void>(walk.ask());
    REQUIRE_FALSE(walk.read(data("services/host_list.xml")));
    check_golden("services/host_list.golden", walk.events);
}

TEST_CASE("host answers: cut in two at each position, byte by byte, in random pieces: always the same events")
{
    const auto page = data("services/host_list_detection.xml");
    host_walk whole;
    static_cast<void>(whole.ask());
    REQUIRE_FALSE(whole.read(page));

    for (std::size_t cut = 1; cut < page.size(); ++cut)
    {
        host_walk walk;
        static_cast<void>(walk.ask());
        auto& reader = walk.open();
        REQUIRE_FALSE(walk.feed(reader, std::string_view(page).substr(0, cut)));
        REQUIRE_FALSE(walk.feed(reader, std::string_view(page).substr(cut)));
        REQUIRE_FALSE(walk.step(reader, {}, true));
        CAPTURE(cut);
        REQUIRE(walk.events == whole.events);
        CHECK_FALSE(walk.close());
    }
    std::minstd_rand random(7);
    for (int round = 0; round < 50; ++round)
    {
        host_walk walk;
        static_cast<void>(walk.ask());
        walk.piece = round == 0 ? 1 : 1 + random() % 200;
        REQUIRE_FALSE(walk.read(page));
        CAPTURE(walk.piece);
        REQUIRE(walk.events == whole.events);
    }
}

TEST_CASE("host answers: a crowd of detections comes out in portions of about 96 KiB")
{
    std::string detections;
    for (int i = 0; i < 3000; ++i)
        detections += detection(i);
    const auto page = detection_answer("<HOST_LIST>" + detection_host(1, detections) + "</HOST_LIST>");
    host_walk walk;
    static_cast<void>(walk.ask());
    auto& reader = walk.open();
    std::string_view rest = page;
    for (;;)
    {
        const auto state = reader.feed(rest);
        REQUIRE(state.has_value());
        CHECK(walk.current->events().ready_bytes() < 97 * 1024);
        walk.take();
        if (*state == decode::progress::hungry)
            break;
        ++walk.pauses;
    }
    REQUIRE_FALSE(walk.step(reader, {}, true));
    CHECK(walk.count("\n") == 3000);
    CHECK(walk.pauses == static_cast<int>(walk.events.size() / (96 * 1024)));
}

TEST_CASE("host answers: detections may come in several lists, hosts as well")
{
    host_walk walk;
    static_cast<void>(walk.ask());
    REQUIRE_FALSE(walk.read(detection_answer(
        "<HOST_LIST><HOST><ID>1</ID><DETECTION_LIST>" + detection(1) + "</DETECTION_LIST><DETECTION_LIST>" +
        detection(2) + "</DETECTION_LIST></HOST></HOST_LIST><HOST_LIST/><HOST_LIST>" + detection_host(2, "") +
        "</HOST_LIST>"
    )));
    CHECK(walk.count("\"ID\":\"1\",\"DETECTION\":{\"QID\":\"") == 2);
    CHECK(walk.count("{\"ID\":\"2\",\"@devo_pulling_id\"") == 1);
}

TEST_CASE("host answers: attributes of a detection belong to it")
{
    host_walk walk;
    static_cast<void>(walk.ask());
    REQUIRE_FALSE(walk.read(detection_answer(
        "<HOST_LIST><HOST><ID>1</ID><DETECTION_LIST><DETECTION new='1'><QID>2</QID></DETECTION></DETECTION_LIST>"
        "</HOST></HOST_LIST>"
    )));
    CHECK(walk.count("\"DETECTION\":{\"@new\":\"1\",\"QID\":\"2\"}") == 1);
}

TEST_CASE("host answers: an undocumented element is counted once, however many hosts follow")
{
    host_walk walk;
    static_cast<void>(walk.ask());
    const std::string odd = "<HOST><ID>1</ID><ODD/></HOST>";
    REQUIRE_FALSE(walk.read(
        detection_answer("<HOST_LIST>" + odd + detection_host(2, "") + detection_host(3, "") + "</HOST_LIST>")
    ));
    CHECK(walk.service->counts().unknown_elements == 1);
}

TEST_CASE("host answers: very many undocumented names in a host do not confuse its members")
{
    std::string names;
    for (int i = 0; i < 1500; ++i)
        names += "<U" + std::to_string(i) + "/>";
    host_walk walk;
    static_cast<void>(walk.ask());
    REQUIRE_FALSE(walk.read(detection_answer(
        "<HOST_LIST><HOST><ID>1</ID>" + names + "<DETECTION_LIST>" + detection(1) +
        "</DETECTION_LIST><U7/><DETECTION_LIST>" + detection(2) + "</DETECTION_LIST></HOST></HOST_LIST>"
    )));
    CHECK(walk.count("\"U7\":[\"\",\"\"]") == 1);
    CHECK(walk.count("\"U7\":\"\"") == 1);
}

TEST_CASE("host answers: ever new names and endless nesting are errors, wherever they stand")
{
    std::string names, deep;
    for (int i = 0; i < 120'000; ++i)
        names += "<n" + std::to_string(i) + "/>";
    for (int i = 0; i < 1000; ++i)
        deep += "<a>";
    host_walk walk;
    static_cast<void>(walk.ask());
    CHECK(walk.read(detection_answer("<HOST_LIST><HOST><ID>1</ID>" + names)) == errc::record_too_large);
    CHECK(walk.read(detection_answer("<HOST_LIST><HOST><ID>1</ID>" + deep)) == errc::xml_too_deep);
    CHECK(walk.read(detection_answer("<GLOSSARY>" + deep)) == errc::xml_too_deep);
    CHECK(walk.read("<SIMPLE_RETURN><RESPONSE>" + deep) == errc::xml_too_deep);
}

TEST_CASE("host answers: a cut document is told from a broken one and from none at all")
{
    host_walk walk;
    static_cast<void>(walk.ask());
    const auto page = detection_answer("<HOST_LIST>" + detection_host(1, "") + "</HOST_LIST>");
    CHECK(walk.read(page.substr(0, page.find("</RESPONSE>"))) == errc::root_not_closed);
    CHECK(walk.read("") == errc::root_not_closed);
    CHECK(walk.read(page.substr(0, page.find("</HOST>")) + "</X>") == errc::xml_malformed);
    CHECK(walk.read("<SCAN_LIST_OUTPUT/>") == errc::unexpected_root);
    CHECK(walk.read("<!DOCTYPE X [<!ENTITY a 'b'>]><X/>") == errc::xml_entity);
    for (const char* const text :
         {"Service unavailable",
          "{\"error\":1}",
          "<html><body><p>Maintenance</body></html>",
          "<!DOCTYPE html><html><head><meta charset='utf-8'></head><body>",
          "<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0//EN' 'https://w3.example/x.dtd'><html>&nbsp;</html>",
          "<html><body>well formed</body></html>",
          "<HTML><BR>&copy;</HTML>"})
    {
        CAPTURE(text);
        CHECK(walk.read(text) == errc::not_a_document);
    }
    CHECK(walk.events.find("\"ID\":\"1\"") != std::string::npos);
}

TEST_CASE("host answers: an error document under 200 is a refusal with all that was said")
{
    host_walk walk;
    static_cast<void>(walk.ask());
    auto& reader = walk.open();
    const auto failure = walk.feed(
        reader,
        "<!DOCTYPE SIMPLE_RETURN SYSTEM \"https://sim.example.com/simple_return.dtd\">\n<SIMPLE_RETURN><RESPONSE>"
        "<CODE>1965</CODE><TEXT>Try again later.</TEXT><ITEM_LIST><ITEM><KEY>SECONDS_TO_WAIT</KEY><VALUE>23</VALUE>"
        "</ITEM></ITEM_LIST></RESPONSE></SIMPLE_RETURN>"
    );
    CHECK_FALSE(failure);
    CHECK(walk.step(reader, {}, true) == errc::refused);
    CHECK(reader.refused().code == 1965);
    CHECK(reader.refused().text == "Try again later.");
    CHECK(reader.refused().wait == std::chrono::seconds(23));
    walk.drop();
}

TEST_CASE("host answers: a record beyond the limit is an error, and nothing of it comes out")
{
    const std::string megabyte(1 << 20, 'x');
    for (const char* const place : {"", "<DETECTION_LIST><DETECTION>"})
    {
        CAPTURE(place);
        host_walk walk;
        static_cast<void>(walk.ask());
        auto& reader = walk.open();
        CHECK_FALSE(walk.feed(
            reader, "<HOST_LIST_VM_DETECTION_OUTPUT><RESPONSE><HOST_LIST><HOST><ID>1</ID>" + std::string(place)
        ));
        error_code failure;
        for (int i = 0; i < 70 && !failure; ++i)
            failure = walk.feed(reader, "<B>" + megabyte + "</B>");
        CHECK(failure == errc::record_too_large);
        static_cast<void>(walk.feed(reader, "</DETECTION></DETECTION_LIST></HOST>"));
        CHECK(walk.events.empty());
        walk.drop();
        CHECK_FALSE(walk.ask().contains("id_min"));
    }
}

TEST_CASE("host answers: RESULTS of 20 MB passes whole, with characters on the borders of the pieces")
{
    std::string results;
    while (results.size() < 20'000'000)
        results += "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80.;";  // 12 bytes: every place in it meets a border
    host_walk walk;
    walk.piece = 16 * 1024 + 1;
    static_cast<void>(walk.ask());
    REQUIRE_FALSE(walk.read(detection_answer(
        "<HOST_LIST>" + detection_host(1, "<DETECTION><RESULTS>" + results + "</RESULTS></DETECTION>" + detection(2)) +
        "</HOST_LIST>"
    )));
    CHECK(walk.events.find("\"RESULTS\":\"" + results + "\"}") != std::string::npos);
    CHECK(walk.count("\n") == 2);
}

TEST_CASE("host answers: a longer one is cut, marked and the only one that is")
{
    const std::string results((32u << 20) + 5, 'r');
    host_walk walk;
    walk.piece = 16 * 1024;
    static_cast<void>(walk.ask());
    REQUIRE_FALSE(walk.read(detection_answer(
        "<HOST_LIST>" + detection_host(1, "<DETECTION><RESULTS>" + results + "</RESULTS></DETECTION>" + detection(2)) +
        detection_host(2, detection(3)) + "</HOST_LIST>"
    )));
    CHECK(walk.count("rr\xE2\x80\xA6[cut: 5 bytes]\"}") == 1);
    CHECK(walk.count("\n") == 3);
    CHECK(walk.service->counts().cut_fields == 1);
}

TEST_CASE("host answers: the address of the DTD does not matter, nor does the declaration")
{
    const std::string body =
        "<HOST_LIST_OUTPUT><RESPONSE><HOST_LIST><HOST><ID>1</ID></HOST></HOST_LIST></RESPONSE></HOST_LIST_OUTPUT>";
    for (const char* const head :
         {"",
          "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n",
          "<!DOCTYPE HOST_LIST_OUTPUT SYSTEM \"https://pod/api/2.0/fo/asset/host/host_list_output.dtd\">\n",
          "<?xml version=\"1.0\" ?><!DOCTYPE HOST_LIST_OUTPUT SYSTEM "
          "\"https://pod/api/5.0/fo/asset/host/dtd/list/output.dtd\">"})
    {
        CAPTURE(head);
        host_walk walk({}, false);
        static_cast<void>(walk.ask());
        CHECK_FALSE(walk.read(head + body));
        CHECK(walk.count("{\"ID\":\"1\",") == 1);
    }
}

TEST_CASE("host answers: an empty result is RESPONSE with nothing but its date")
{
    host_walk walk;
    static_cast<void>(walk.ask());
    CHECK_FALSE(walk.read(detection_answer("")));
    CHECK(walk.events.empty());
    CHECK(walk.ask().empty());
}

TEST_CASE("host answers: names in lower case are no document of ours, not an empty one")
{
    host_walk walk({}, false);
    static_cast<void>(walk.ask());
    CHECK(walk.read("<host_list_output><response><host_list/></response></host_list_output>") == errc::unexpected_root);
}

TEST_CASE("host answers: elements are found by name, whatever their order; the host's own stand in front")
{
    host_walk walk;
    static_cast<void>(walk.ask());
    CHECK_FALSE(walk.read(detection_answer(
        "<HOST_LIST><HOST><NEW/><OS>x</OS><ID>7</ID><DETECTION_LIST><DETECTION><SSL>1</SSL><QID>00123</QID></DETECTION>"
        "</DETECTION_LIST></HOST></HOST_LIST>"
    )));
    CHECK(walk.count("{\"NEW\":\"\",\"OS\":\"x\",\"ID\":\"7\",\"DETECTION\":{\"SSL\":\"1\",\"QID\":\"00123\"},") == 1);
}

TEST_CASE("host answers: a name with a NUL in it arrives with U+FFFD in its place")
{
    host_walk walk;
    static_cast<void>(walk.ask());
    const std::string host("<HOST><ID>1</ID><NETBIOS>A\0B</NETBIOS></HOST>", 45);
    CHECK_FALSE(walk.read(detection_answer("<HOST_LIST>" + host + "</HOST_LIST>")));
    CHECK(
        walk.count("\"NETBIOS\":\"A\xEF\xBF\xBD"
                   "B\"") == 1
    );
    CHECK(walk.service->counts().replaced_characters == 1);
}

TEST_CASE("host answers: an undocumented entity is the damage of its host")
{
    host_walk walk;
    static_cast<void>(walk.ask());
    const auto page = detection_answer(
        "<HOST_LIST>" + detection_host(1, "") + "<HOST><ID>2</ID><OWNER>Andr&eacute;</OWNER></HOST>" +
        detection_host(3, "") + "</HOST_LIST>"
    );
    CHECK(walk.read(page) == errc::xml_malformed);
    CHECK(walk.count("\"ID\":\"1\"") == 1);
    CHECK(walk.count("\"ID\":\"2\"") == 0);
    CHECK(walk.read(detection_answer("<GLOSSARY>&eacute;</GLOSSARY>")) == errc::xml_entity);
}

TEST_CASE("host answers: a host without an id is damage, not an event")
{
    for (const std::string host :
         {"<HOST><IP>10.0.0.1</IP></HOST>",
          "<HOST><ID>x</ID><IP>10.0.0.1</IP></HOST>",
          "<HOST><IP>10.0.0.1</IP><DETECTION_LIST><DETECTION><QID>1</QID></DETECTION></DETECTION_LIST></HOST>"})
    {
        CAPTURE(host);
        host_walk walk;
        static_cast<void>(walk.ask());
        CHECK(walk.read(detection_answer("<HOST_LIST>" + host + "</HOST_LIST>")) == errc::xml_malformed);
        CHECK(walk.events.empty());
    }
}

TEST_CASE("host answers: what a host names as a member of ours is dropped, counted and named")
{
    host_walk walk;
    static_cast<void>(walk.ask());
    REQUIRE_FALSE(walk.read(detection_answer(
        "<HOST_LIST><HOST><ID>1</ID><KNOWLEDGE_BASE><A>x</A></KNOWLEDGE_BASE><DETECTION><QID>9</QID></DETECTION>"
        "<IP>10.0.0.1</IP><DETECTION_LIST>" +
        detection(1) + "</DETECTION_LIST></HOST></HOST_LIST>"
    )));
    CHECK(walk.count("{\"ID\":\"1\",\"IP\":\"10.0.0.1\",\"DETECTION\":{") == 1);
    CHECK(walk.service->counts().unknown_elements == 2);
    CHECK(walk.service->counts().unknown_names.noted().size() == 2);
}

TEST_CASE("host answers: members behind the detections and new names are named, each once")
{
    host_walk walk;
    static_cast<void>(walk.ask());
    const std::string host = "<HOST><ID>1</ID><NEW_SCORE>7</NEW_SCORE><DETECTION_LIST>" + detection(1) +
                             "</DETECTION_LIST><OS>late</OS></HOST>";
    REQUIRE_FALSE(walk.read(detection_answer("<HOST_LIST>" + host + host + "</HOST_LIST>")));
    CHECK(
        walk.service->counts().unknown_names.noted() ==
        std::vector<std::string>{"OS (behind DETECTION_LIST, missing from the events)", "NEW_SCORE"}
    );
}

TEST_CASE("host answers: what is a list in the contract is one with a single member too")
{
    host_walk walk;
    static_cast<void>(walk.ask());
    REQUIRE_FALSE(walk.read(
        detection_answer("<HOST_LIST><HOST><ID>1</ID><DETECTION_LIST><DETECTION><QID>1</QID><CVE>CVE-1</CVE>"
                         "<VULNERABILITY_DETECTION_SOURCES>Cloud Agent</VULNERABILITY_DETECTION_SOURCES>"
                         "<MITRE_TACTIC_ID>TA1</MITRE_TACTIC_ID></DETECTION></DETECTION_LIST></HOST></HOST_LIST>")
    ));
    CHECK(
        walk.count(R"("CVE":["CVE-1"],"VULNERABILITY_DETECTION_SOURCES":["Cloud Agent"],"MITRE_TACTIC_ID":["TA1"]})") ==
        1
    );
}
