#pragma once

#include "cycles.hpp"
#include "qualys/endpoint.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace qdc::test
{

/// Hosts 1, 2, 3 … of a subscription; each page takes `page_time`, a list of ids takes none.
struct played_qualys
{
    time_source& time;
    int hosts{40};
    std::chrono::seconds page_time{1};
    std::chrono::seconds light_time{0};
    std::uint64_t limit{5};  ///< 0: answers do not tell it
    std::uint64_t foreign{0};
    bool refuses_logins{false};
    std::string bad_range{};           ///< the call with this id_min is refused for good
    std::set<std::string> cut_once{};  ///< the next answer to a call with such an id_min ends in its second host
    std::uint64_t running{0};
    std::uint64_t most{0};
    std::uint64_t refused{0};
    std::uint64_t bad_logins{0};
    std::vector<std::string> calls{};  ///< id_min of pages, "ids" or "about"

    static int number(const std::string& form, const std::string& name, int otherwise)
    {
        const auto found = qualys::query_parameter('?' + form, name);
        return found ? std::stoi(*found) : otherwise;
    }

    scripted_answer with_limits(scripted_answer made) const
    {
        if (limit != 0)
            made.fields = {
                {"x-concurrency-limit-limit", std::to_string(limit)},
                {"x-concurrency-limit-running", std::to_string(running + foreign)}};
        return made;
    }

    std::string page(const std::string& form) const
    {
        const auto first = number(form, "id_min", 1);
        const auto size = number(form, "truncation_limit", 1000);
        const auto last = std::min(hosts, number(form, "id_max", hosts));
        std::string all;
        auto id = first;
        for (; id <= last && id < first + size; ++id)
            all += detection_host(id, detection(1000 + id));
        return hosts_answer(all, id <= last ? more_from(std::to_string(id)) : "");
    }

    std::string ids(const std::string& form) const
    {
        return "<HOST_LIST_OUTPUT><RESPONSE><ID_SET><ID_RANGE>" + std::to_string(number(form, "id_min", 1)) + '-' +
               std::to_string(hosts) + "</ID_RANGE></ID_SET></RESPONSE></HOST_LIST_OUTPUT>";
    }

    scripted_answer reply(const http_request& request)
    {
        if (refuses_logins && ++bad_logins != 0)
            return answer(refusal_document(2000, "Bad Login/Password"), 401);
        if (number(request.body, "id_min", 1) != 0 && qualys::query_parameter('?' + request.body, "details"))
            return with_limits(answer(ids(request.body)));
        if (!bad_range.empty() && bad_range == std::to_string(number(request.body, "id_min", 1)))
            return with_limits(answer(refusal_document(1905, "no such value"), 400));
        if (cut_once.erase(std::to_string(number(request.body, "id_min", 1))) != 0)
        {
            const auto whole = page(request.body);
            return with_limits(cut_answer(whole, whole.rfind("<HOST>") + 6, make_error_code(errc::body_cut)));
        }
        return with_limits(answer(page(request.body)));
    }
};

/// A connection to it.
class played_source final : public http_stream
{
public:
    explicit played_source(played_qualys& at) : at_(at) {}

    boost::asio::awaitable<result<http_head>> open(http_request request) override
    {
        const bool about = request.target.find("about") != std::string::npos;
        const bool ids = qualys::query_parameter('?' + request.body, "details").has_value();
        at_.calls.push_back(
            about ? "about"
            : ids ? "ids"
                  : qualys::query_parameter('?' + request.body, "id_min").value_or("")
        );
        if (about)
            co_await at_.time.sleep_for(at_.light_time);
        if (about || ids)
        {
            current_.answers = {at_.reply(request)};
            auto head = co_await current_.open(std::move(request));
            co_return head;
        }
        if (at_.limit != 0 && at_.running + at_.foreign >= at_.limit)
        {
            ++at_.refused;
            current_.answers = {at_.with_limits(answer(refusal_document(1960, "too many"), 409))};
            auto head = co_await current_.open(std::move(request));
            co_return head;
        }
        at_.most = std::max(at_.most, ++at_.running);

        const struct leave
        {
            std::uint64_t& running;

            ~leave() { --running; }
        } leaving{at_.running};

        current_.answers = {at_.reply(request)};
        co_await at_.time.sleep_for(at_.page_time);
        auto head = co_await current_.open(std::move(request));
        co_return head;
    }

    boost::asio::awaitable<result<std::size_t>> read_some(std::span<char> into) override
    {
        return current_.read_some(into);
    }

    bool has_more() const override { return false; }

    void close() override {}

    call_stage stage() const override { return current_.stage(); }

    std::string endpoint() const override { return "qualys.example:443"; }

private:
    played_qualys& at_;
    scripted_http current_;
};

}  // namespace qdc::test
