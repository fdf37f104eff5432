#include "collect/page.hpp"
#include "scene.hpp"
#include "services/knowledge_base/kb_service.hpp"
#include "unit/services/changes/plain_values.hpp"

#include <boost/asio/error.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <deque>

namespace asio = boost::asio;
using namespace qdc;
using namespace qdc::test;
using namespace std::chrono_literals;

namespace
{

/// A body whose pieces come a minute apart; behind the last one nothing but comments, without an end.
class chatty_http final : public http_stream
{
public:
    chatty_http(manual_clock& time, std::deque<std::string> pieces) : time_(time), pieces_(std::move(pieces)) {}

    asio::awaitable<result<http_head>> open(http_request) override
    {
        http_head head{200, {}};
        co_return head;
    }

    asio::awaitable<result<std::size_t>> read_some(std::span<char> into) override
    {
        time_.advance(1min);
        std::string piece = "<!-- keep-alive -->";
        if (!pieces_.empty())
        {
            piece = pieces_.front();
            pieces_.pop_front();
        }
        const auto size = std::min(piece.size(), into.size());
        std::memcpy(into.data(), piece.data(), size);
        co_return size;
    }

    bool has_more() const override { return false; }

    void close() override {}

    call_stage stage() const override { return call_stage::body; }

    std::string endpoint() const override { return "qualys"; }

private:
    manual_clock& time_;
    std::deque<std::string> pieces_;
};

const std::string begin = "<KNOWLEDGE_BASE_VULN_LIST_OUTPUT><RESPONSE><VULN_LIST>";

std::string entry(int qid)
{
    return "<VULN><QID>" + std::to_string(qid) + "</QID></VULN>";
}

asio::awaitable<void> comments_alone(collect_scene& scene)
{
    services::service_options options;
    options.start_time = noon - 24h;  // a window without a list of ids
    options.tables[services::kb_table] = std::make_shared<plain_values>();
    const auto service = services::make_knowledge_base(std::move(options), {"h", "t", {}, {}}, {});
    service->begin_cycle(noon);
    const auto exchange = service->next();
    collect::checkpoint saved(scene.ex, scene.store, scene.key, scene.sink, scene.time, scene.log, scene.report);

    chatty_http http(scene.time, {begin, entry(1), "<!-- keep-alive -->", entry(2)});
    const auto began = scene.time.now();
    http_request request;
    const auto page =
        co_await collect::read_page(http, *service, *exchange, scene.sink, saved, scene.time, std::move(request));
    CHECK(page.failure == asio::error::timed_out);
    CHECK(scene.sink.events() == 2);
    CHECK(scene.time.now() - began == 15min);  // eleven behind the last entry
    CHECK(exchange->failed({.smaller = true}) == services::what_next::smaller);
}

}  // namespace

TEST_CASE("page: an answer of nothing but comments for ten minutes has failed, with what came before it")
{
    play(comments_alone);
}
