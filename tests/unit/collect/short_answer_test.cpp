#include "collect/short_answer.hpp"
#include "qualys/answer_document.hpp"
#include "scene.hpp"

#include <boost/asio/error.hpp>

#include <doctest/doctest.h>

namespace asio = boost::asio;
using namespace qdc;
using namespace qdc::test;
using namespace std::chrono_literals;

namespace
{

struct short_reading
{
    qualys::refusal refusal;
    std::uint64_t received{0};
    error_code cut;
};

asio::awaitable<void> read_into(scripted_http& http, short_reading& out)
{
    http_request request;
    const auto head = co_await http.open(std::move(request));
    collect::body content(http, *head);
    qualys::answer_document document({});
    out.cut = co_await collect::read_short_answer(content, document);
    out.refusal = collect::completed(document.refused(), *head, content, noon);
    out.received = content.received();
}

short_reading read(scripted_answer answer)
{
    asio::io_context io(1);
    scripted_http http;
    http.answers.push_back(std::move(answer));
    short_reading out;
    run(io, read_into(http, out));
    return out;
}

scripted_answer in_pieces(std::size_t count, const std::string& piece)
{
    auto out = answer("");
    out.pieces.assign(count, piece);
    return out;
}

}  // namespace

TEST_CASE("short answer: what came of a cut body counts, and why it was cut is told")
{
    const auto document = refusal_document(2003, "x");
    const auto bytes = document.find("</CODE>") + 7;
    const auto found = read(cut_answer(document, bytes, asio::error::connection_reset));
    CHECK(found.cut == asio::error::connection_reset);
    CHECK(found.refusal.code == 2003);
}

TEST_CASE("short answer: plain text says nothing, but is read: whether it comes whole counts")
{
    auto text = in_pieces(3, "ID,Date\n");
    CHECK(read(text).received == 24);
    CHECK(read(text).refusal.code == 0);
    CHECK_FALSE(read(text).cut);
    text.failure = asio::error::connection_reset;
    CHECK(read(text).cut == asio::error::connection_reset);
}

TEST_CASE("short answer: of broken XML no more is read than is shown")
{
    CHECK(read(in_pieces(3, "<a></b>")).received == 21);
    CHECK(read(in_pieces(1000, "<a></b>")).received < 2048 + 7);
    CHECK(read(in_pieces(3, "{\"a\":1}")).refusal.beginning == "it begins with: {\"a\":1}{\"a\":1}{\"a\":1}");
}

TEST_CASE("short answer: only its beginning is read, however long it is")
{
    const std::string blank(1024, ' ');
    CHECK(read(in_pieces(1000, blank)).received == 64 * 1024);
}

TEST_CASE("short answer: status and wait of the head are added to what the body said")
{
    auto refused = answer(
        refusal_document(
            1965, "Wait.", "<ITEM_LIST><ITEM><KEY>SECONDS_TO_WAIT</KEY><VALUE>68928</VALUE></ITEM></ITEM_LIST>"
        ),
        409
    );
    CHECK(read(refused).refusal.status == 409);
    CHECK(read(refused).refusal.wait == 68928s);
    refused.fields = {{"x-ratelimit-towait-sec", "23"}};
    CHECK(read(refused).refusal.wait == 23s);
    CHECK_FALSE(read(refused).refusal.retry_after);
    refused.fields = {{"retry-after", "6"}};
    CHECK(read(refused).refusal.retry_after == 6s);
}

TEST_CASE("short answer: a redirect shows the host that it names, and nothing else of the address")
{
    auto moved = answer("", 302);
    moved.fields = {{"location", "https://user:secret@www.example.com:8443/login?token=secret"}};
    CHECK(read(moved).refusal.redirect_host == "www.example.com");
    moved.status = 200;
    CHECK(read(moved).refusal.redirect_host.empty());
}

TEST_CASE("short answer: the host of a URL, in its odd spellings")
{
    using collect::host_of;
    CHECK(host_of("https://www.example.com/a@b/") == "www.example.com");
    CHECK(host_of("//[2001:db8::1]:443") == "2001:db8::1");
    CHECK(host_of("https://a.example?x=//b") == "a.example");
    CHECK(host_of("/api/") == "");
    CHECK(host_of("") == "");
    CHECK(host_of("https://") == "");
    CHECK(host_of("https://a\x1b[2J/") == "");
    CHECK(host_of("https://" + std::string(1000, 'a')) == "");
}
