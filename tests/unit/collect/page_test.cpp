#include "collect/decision.hpp"
#include "collect/page.hpp"
#include "flow/task_group.hpp"
#include "gzip.hpp"
#include "scene.hpp"
#include "services/activity.hpp"
#include "unit/services/scan_answers.hpp"

#include <boost/asio/error.hpp>

#include <doctest/doctest.h>

namespace asio = boost::asio;
using namespace qdc;
using namespace qdc::test;
using namespace std::chrono_literals;
using collect::page_outcome;

namespace
{

/// One page after the other of one service.
struct reading
{
    explicit reading(collect_scene& around)
        : scene(around),
          saved(scene.ex, scene.store, scene.key, scene.sink, scene.time, scene.log, scene.report)
    {
        service->begin_cycle(noon);
    }

    collect_scene& scene;
    scripted_http http;
    std::unique_ptr<services::service> service{detections()};
    std::unique_ptr<services::exchange> exchange;
    collect::checkpoint saved;
    page_outcome page;
};

asio::awaitable<void> next_page(reading& it)
{
    http_request request;
    it.exchange.reset();
    it.exchange = it.service->next();
    REQUIRE(it.exchange);
    const auto& call = it.exchange->call();
    request.target = qualys::path(call.which, "5.0");
    request.body = qualys::form_encoded(call.form);
    it.page = co_await collect::read_page(
        it.http, *it.service, *it.exchange, it.scene.sink, it.saved, it.scene.time, std::move(request)
    );
    if (it.page.failure)
        it.exchange->failed({});
}

std::string two_hosts()
{
    return hosts_answer(detection_host(4, detection(1) + detection(2)) + detection_host(5, detection(3)));
}

asio::awaitable<void> whole_page(collect_scene& scene)
{
    reading it(scene);
    it.http.answers = {answer(two_hosts())};
    co_await next_page(it);
    CHECK_FALSE(it.page.failure);
    CHECK(it.page.events == 3);
    CHECK(it.page.bytes == two_hosts().size());
    CHECK(scene.sink.events() == 3);
    CHECK(scene.sink.text().starts_with("<14>2024-01-10 12:00:00.000 h t: {\"ID\":\"4\",\"DETECTION\":{\"QID\":\"1\"}")
    );
    CHECK(it.http.closed == 0);
    CHECK(it.http.requests.front().target == "/api/5.0/fo/asset/host/vm/detection/");
    it.exchange.reset();
    CHECK(it.service->is_complete());
}

asio::awaitable<void> packed_page(collect_scene& scene)
{
    reading it(scene);
    auto packed = answer(gzip(two_hosts()));
    packed.fields = {{"content-encoding", "gzip"}};
    it.http.answers.push_back(std::move(packed));
    co_await next_page(it);
    CHECK_FALSE(it.page.failure);
    CHECK(it.page.events == 3);
}

/// A page of three hosts with an event each, which comes in as many pieces.
scripted_answer three_pieces()
{
    const auto document = hosts_answer(
        detection_host(4, detection(1)) + detection_host(5, detection(2)) + detection_host(6, detection(3))
    );
    const auto second = document.find("<HOST>", document.find("<HOST>") + 1);
    const auto third = document.find("<HOST>", second + 1);
    auto out = answer(document);
    out.pieces = {document.substr(0, second), document.substr(second, third - second), document.substr(third)};
    return out;
}

asio::awaitable<void> at_hand(collect_scene& scene)
{
    reading it(scene);
    it.http.answers = {three_pieces()};
    it.http.answers.front().at_hand = true;
    co_await next_page(it);
    CHECK_FALSE(it.page.failure);
    REQUIRE(scene.sink.batches.size() == 2);
    CHECK(scene.sink.batches[0].events == 1);
    CHECK(scene.sink.batches[1].events == 2);
}

asio::awaitable<void> still_on_its_way(collect_scene& scene)
{
    reading it(scene);
    it.http.answers = {three_pieces()};
    co_await next_page(it);
    CHECK(scene.sink.batches.size() == 3);
}

/// Fails after each number of bytes; the retry brings exactly the rest.
asio::awaitable<void> fault_at_every_byte(collect_scene& scene)
{
    const auto document = two_hosts();
    for (std::size_t size = 0; size < document.size(); ++size)
    {
        CAPTURE(size);
        scene.sink.batches.clear();
        reading it(scene);
        it.http.answers = {cut_answer(document, size, asio::error::connection_reset), answer(document)};
        co_await next_page(it);
        CHECK(it.page.failure == asio::error::connection_reset);
        CHECK(it.page.attempt == "reading the answer");
        CHECK(it.http.closed == 1);
        const auto before = scene.sink.events();
        CHECK(it.page.events == before);
        const auto& form = it.exchange->call().form;
        const auto next = form.contains("id_min") ? form.at("id_min") : "0";
        const auto rest = next == "5" ? detection_host(5, detection(3)) : next == "6" ? "" : std::string("all");
        it.http.answers = {answer(rest == "all" ? document : hosts_answer(rest))};
        co_await next_page(it);
        CHECK_FALSE(it.page.failure);
        CHECK(scene.sink.events() == 3);
    }
}

asio::awaitable<void> ends_early(collect_scene& scene)
{
    const auto document = two_hosts();
    const auto root_end = document.find("</HOST_LIST_VM_DETECTION_OUTPUT>") + 32;
    const auto root = document.find("<HOST_LIST_VM_DETECTION_OUTPUT>");
    for (std::size_t size = root; size < root_end; ++size)
    {
        CAPTURE(size);
        reading it(scene);
        it.http.answers = {answer(document.substr(0, size))};
        co_await next_page(it);
        CHECK(it.page.failure == errc::root_not_closed);
        CHECK(it.http.closed == 1);
    }
}

asio::awaitable<void> unreachable(collect_scene& scene)
{
    reading it(scene);
    it.http.answers.emplace_back().unreachable = asio::error::connection_refused;
    co_await next_page(it);
    CHECK(it.page.failure == asio::error::connection_refused);
    CHECK(it.http.closed == 1);
    it.exchange.reset();
    CHECK(it.service->next());
}

scripted_answer limited(std::string document, unsigned status, const char* wait)
{
    auto out = answer(std::move(document), status);
    if (wait != nullptr)
        out.fields = {{"x-ratelimit-limit", "300"}, {"x-ratelimit-towait-sec", wait}};
    return out;
}

asio::awaitable<void> rate_limit(collect_scene& scene)
{
    const auto document = refusal_document(
        1965, "Wait.", "<ITEM_LIST><ITEM><KEY>SECONDS_TO_WAIT</KEY><VALUE>68928</VALUE></ITEM></ITEM_LIST>"
    );
    for (const unsigned status : {409u, 200u})
    {
        CAPTURE(status);
        reading it(scene);
        it.http.answers = {
            limited(document, status, "23"),
            limited(document, status, "0"),
            limited(document, status, "x"),
            limited(document, status, "99999999999999"),
            limited(document, status, nullptr)};
        co_await next_page(it);
        CHECK(it.page.failure == errc::refused);
        CHECK(it.page.refusal.status == status);
        CHECK(it.page.refusal.code == 1965);
        CHECK(it.page.refusal.text == "Wait.");
        CHECK(it.page.refusal.wait == 23s);
        for (int i = 0; i < 4; ++i)
        {
            co_await next_page(it);
            CHECK(it.page.refusal.wait == 68928s);
        }
    }
}

/// However the refusal arrives, it is read to its end.
asio::awaitable<void> slow_refusal(collect_scene& scene)
{
    const auto document = refusal_document(2003, "Complete the registration.");
    for (std::size_t size = 1; size < document.size(); size += size < 20 ? 1 : 17)
    {
        CAPTURE(size);
        reading it(scene);
        auto slow = answer("", 409);
        for (std::size_t at = 0; at < document.size(); at += size)
            slow.pieces.push_back(document.substr(at, size));
        it.http.answers.push_back(std::move(slow));
        co_await next_page(it);
        CHECK(it.page.refusal.code == 2003);
        CHECK(it.page.refusal.text == "Complete the registration.");
    }
}

asio::awaitable<void> cut_refusal(collect_scene& scene)
{
    reading it(scene);
    const auto document = refusal_document(2003, "x");
    auto cut = cut_answer(document, document.find("</CODE>") + 7, asio::error::connection_reset);
    cut.status = 409;
    it.http.answers.push_back(std::move(cut));
    it.http.answers.push_back(answer("<html><body>Bad gateway", 502));
    co_await next_page(it);
    CHECK(it.page.failure == errc::refused);
    CHECK(it.page.refusal.status == 409);
    CHECK(it.page.refusal.code == 2003);
    co_await next_page(it);
    CHECK(it.page.failure == errc::refused);
    CHECK(it.page.refusal.status == 502);
    CHECK(it.page.refusal.code == 0);
}

asio::awaitable<void> no_document(collect_scene& scene)
{
    reading it(scene);
    it.http.answers = {answer("<html>\n<p>Maintenance</html>")};
    co_await next_page(it);
    CHECK(it.page.failure == errc::not_a_document);
    CHECK(it.page.detail == "it begins with: <html>.<p>Maintenance</html>");
}

/// How the last of some answers was read.
asio::awaitable<page_outcome>
read_bad(collect_scene& scene, std::unique_ptr<services::service> service, std::vector<std::string> bodies)
{
    reading it(scene);
    it.service = std::move(service);
    it.service->begin_cycle(noon);
    for (const auto& body : bodies)
        it.http.answers.push_back(answer(body));
    for (std::size_t i = 0; i < bodies.size(); ++i)
        co_await next_page(it);
    CHECK(it.page.failure);
    auto page = std::move(it.page);
    co_return page;
}

using maker = std::unique_ptr<services::service> (*)(services::service_options, devo::event_style);

/// With obfuscation rules an answer that cannot be read may hold what they hide: place and length only.
asio::awaitable<void> nothing_is_quoted(collect_scene& scene)
{
    const auto list = services::test::scans::list_of({{"scan/1", "2024-01-10T08:00:00Z"}});
    const std::string columns = "\"Date\",\"Action\",\"Module\",\"Details\",\"User Name\",\"User Role\",\"User IP\"\n";
    const std::string unread = "\"TOPSECRET\"\n";
    for (const bool masked : {false, true})
    {
        CAPTURE(masked);
        devo::event_style style{"h", "t", {}, {}};
        if (masked)
            style.filter = [](std::string_view event) { return std::string(event); };
        const std::vector<std::pair<maker, std::vector<std::string>>> all{
            {services::make_host_list, {"<HOST_LIST_OUTPUT><RESPONSE><HOST_LIST><HOST><OS>TOPSECRET & x</OS>"}},
            {services::make_host_list_detection, {hosts_answer("<HOST><ID>1</ID><OS>TOPSECRET</HOST>")}},
            {services::make_host_list, {"<OTHER><OS>TOPSECRET</OS></OTHER>"}},
            {services::make_host_list, {"TOPSECRET"}},
            {services::make_vm_scans, {list, R"([{"qid":1,"results":"TOPSECRET",}])"}},
            {services::make_vm_scans, {list, R"([["TOPSECRET"]])"}},
            {services::make_vm_scans, {list, R"("TOPSECRET")"}},
            {services::make_vm_scans, {list, "<html><body>TOPSECRET"}},
            {services::make_vm_scans, {"<SCAN_LIST_OUTPUT><RESPONSE><SCAN>TOPSECRET</SCA>"}},
            {services::make_user_activity, {"\"Details\"\n\"TOPSECRET\"\n"}},
            {services::make_user_activity, {columns + unread + unread + unread + unread + unread + unread}},
            {services::make_host_list, {"<SIMPLE_RETURN><RESPONSE><OS>TOPSECRET</OS></RESPONSE></SIMPLE_RETURN>"}}};
        for (const auto& one : all)
        {
            CAPTURE(one.second.back());
            auto service = one.first({}, style);
            const auto page = co_await read_bad(scene, std::move(service), one.second);
            const auto cause = collect::decide(page, 1, 0).cause;
            CAPTURE(cause);
            CHECK((cause.find("TOPSECRET") == std::string::npos) == masked);
            CHECK(page.refusal.beginning.empty() == masked);
        }
    }
    const devo::event_style hiding{"h", "t", {}, [](std::string_view event) { return std::string(event); }};
    const std::vector<std::string> broken{"<HOST_LIST_OUTPUT>\n<RESPONSE>a & b"};
    auto hosts = services::make_host_list({}, hiding);
    const auto first = co_await read_bad(scene, std::move(hosts), broken);
    CHECK(first.detail == "line 2, column 13: not well-formed (invalid token)");
    const std::vector<std::string> other{"TOPSECRET"};
    hosts = services::make_host_list({}, hiding);
    const auto second = co_await read_bad(scene, std::move(hosts), other);
    CHECK(second.detail == "9 bytes of it came");
}

asio::awaitable<void> full_sink(collect_scene& scene)
{
    reading it(scene);
    std::string many;
    for (int i = 0; i < 3000; ++i)
        many += detection(i);
    it.http.answers = {answer(hosts_answer(detection_host(1, many)))};
    scene.sink.full = true;
    task_group group(scene.ex);
    group.spawn("page", next_page(it));
    co_await turn();
    CHECK(scene.sink.batches.empty());
    CHECK(it.exchange->events().ready_bytes() == 0);
    scene.sink.set_full(false);
    co_await group.join();
    CHECK(scene.sink.events() == 3000);
    for (const auto& one : scene.sink.batches)
        CHECK(one.frames.size() < 97 * 1024);
}

}  // namespace

TEST_CASE("page: a whole answer becomes batches, and the cursor moves")
{
    play(whole_page);
}

TEST_CASE("page: a compressed answer is the same")
{
    play(packed_page);
}

TEST_CASE("page: the first event goes out at once, and then what has arrived already as one batch")
{
    play(at_hand);
}

TEST_CASE("page: no event waits for what is still on its way")
{
    play(still_on_its_way);
}

TEST_CASE("page: a connection that fails at any byte is the transport's error, and the retry brings the rest")
{
    play(fault_at_every_byte);
}

TEST_CASE("page: a body that ends before the root is closed is a cut one, at any byte")
{
    play(ends_early);
}

TEST_CASE("page: a source that cannot be reached is no answer")
{
    play(unreachable);
}

TEST_CASE("page: the wait of a limit comes from the header, else from the answer")
{
    play(rate_limit);
}

TEST_CASE("page: a refusal is read to its end, whatever the pieces")
{
    play(slow_refusal);
}

TEST_CASE("page: a refusal that is cut or no XML still has its status and what was read")
{
    play(cut_refusal);
}

TEST_CASE("page: what came instead of a document is shown")
{
    play(no_document);
}

TEST_CASE("page: with obfuscation rules no answer that cannot be read is quoted")
{
    play(nothing_is_quoted);
}

TEST_CASE("page: nothing is read while the sink is full")
{
    play(full_sink);
}
