#include "status/answers.hpp"

#include "base/number.hpp"
#include "base/text.hpp"
#include "status/metrics.hpp"
#include "status/page.hpp"
#include "status/report_json.hpp"
#include "status/top_text.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <utility>

namespace qdc::status
{

using namespace std::chrono_literals;

namespace
{

// How long a report is shown again before a new one is made.
constexpr auto freshness = 200ms;
// Rates over a shorter time would jump, rates over a longer time would say nothing of now.
constexpr auto shortest_rate = 1500ms;
constexpr auto longest_rate = 30s;
constexpr std::size_t most_columns = 500;

constexpr std::string_view no_content_policy =
    "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n";

/// A good answer of that media type, from which a browser loads nothing further.
answer typed(std::string_view type, std::shared_ptr<const std::string> body)
{
    return {200, "Content-Type: " + std::string(type) + "\r\n" + std::string(no_content_policy), std::move(body)};
}

/// Path and host of a request. An absolute target has its own host, which counts (RFC 9112, 3.2.2).
struct place
{
    std::string_view path;
    std::string_view query;  ///< without its question mark
    std::string_view host;
};

/// /status.txt?columns=100            ->  /status.txt, "columns=100", host as in its header
/// http://localhost:9688/status       ->  /status, "", localhost:9688
place place_of(const request& asked)
{
    constexpr std::string_view scheme = "http://";
    place found{asked.target, {}, asked.host};
    const bool is_absolute = same_letters(found.path.substr(0, scheme.size()), scheme);
    if (is_absolute)
    {
        const auto rest = found.path.substr(scheme.size());
        const auto end = std::min(rest.find_first_of("/?"), rest.size());
        found = {rest.substr(end), {}, rest.substr(0, end)};
    }
    const auto end = std::min(found.path.find('?'), found.path.size());
    found.query = found.path.substr(std::min(end + 1, found.path.size()));
    found.path = found.path.substr(0, end);
    if (is_absolute && found.path.empty())
        found.path = "/";
    return found;
}

/// "127.0.0.1:9688", "[::1]" or "localhost" without what follows the name.
std::string_view without_port(std::string_view host)
{
    if (host.starts_with('['))
    {
        const auto end = host.find(']');
        return end == std::string_view::npos ? std::string_view() : host.substr(1, end - 1);
    }
    return host.substr(0, host.find(':'));
}

/// Whether a request may be answered on loopback: a web site's own name is neither of these.
bool is_address_or_localhost(std::string_view host)
{
    const auto name = without_port(host);
    if (same_letters(name, "localhost"))
        return true;
    boost::system::error_code not_an_address;
    boost::asio::ip::make_address(name, not_an_address);
    return !not_an_address;
}

/// Of "columns=N".
std::size_t columns_of(std::string_view query)
{
    constexpr std::string_view name = "columns=";
    constexpr std::size_t usual = 80;
    if (!query.starts_with(name))
        return usual;
    const auto wanted = number_in<std::size_t>(query.substr(name.size())).value_or(usual);
    return wanted <= most_columns ? wanted : usual;
}

}  // namespace

answer plain_answer(unsigned code, std::string_view words)
{
    auto out = typed("text/plain; charset=utf-8", std::make_shared<std::string>(std::string(words) + '\n'));
    out.code = code;
    return out;
}

answers::answers(std::function<collector_report()> look, bool on_loopback, clock now)
    : look_(std::move(look)),
      on_loopback_(on_loopback),
      now_(std::move(now))
{
}

answer answers::to(const request& asked)
{
    // A browser that follows a name of somebody else to this address names that host: refused.
    const auto place = place_of(asked);
    if (on_loopback_ && !place.host.empty() && !is_address_or_localhost(place.host))
        return plain_answer(421, "Ask for an IP address or localhost; this endpoint knows no other name of itself.");
    if (asked.method != "GET" && asked.method != "HEAD")
    {
        auto refusal = plain_answer(405, "Only GET and HEAD are answered.");
        refusal.headers += "Allow: GET, HEAD\r\n";
        return refusal;
    }
    return page_of(place.path, place.query);
}

answer answers::page_of(std::string_view path, std::string_view query)
{
    if (path == "/")
    {
        // The page is part of the program and never changes; all other texts are made of a report.
        static const auto page = std::make_shared<const std::string>(page_html);
        const auto policy = "Content-Security-Policy: " + std::string(page_policy) + "\r\n";
        return {200, "Content-Type: text/html; charset=utf-8\r\n" + policy, page};
    }
    // Alive as long as the event loop answers; ready only once every service has started.
    if (path == "/healthz")
        return plain_answer(200, "ok");
    if (path == "/readyz")
        return readiness();
    if (path == "/status")
        return typed("application/json", made_once(path, [this] { return report_json(report_); }));
    if (path == "/status.txt")
    {
        const auto columns = columns_of(query);
        const auto name = std::string(path) + '?' + std::to_string(columns);
        return typed("text/plain; charset=utf-8", made_once(name, [this, columns] { return terminal_text(columns); }));
    }
    if (path == "/metrics")
        return typed(
            "text/plain; version=0.0.4; charset=utf-8",
            made_once(path, [this] { return metrics_text(report_, read_process_facts()); })
        );
    return plain_answer(404, "Not found. There are /, /status, /status.txt, /metrics, /healthz and /readyz.");
}

/// 200, or 503 with the reason: what a load balancer or an orchestrator asks for.
answer answers::readiness()
{
    const auto& now = report();
    if (now.stopping)
        return plain_answer(503, "not ready: stopping");
    if (now.ready)
        return plain_answer(200, "ready");
    std::string waiting_for;
    for (const auto& one : now.services)
        if (one.phase == service_phase::starting)
            waiting_for += (waiting_for.empty() ? "" : ", ") + one.input + '/' + one.service;
    if (waiting_for.empty())
        return plain_answer(503, "not ready: starting");
    return plain_answer(503, "not ready: these services are still starting: " + waiting_for);
}

/// Before a new report is made: rates are those since one that was made 1.5 s ago or a little earlier, however often
/// somebody looks. Nothing while nobody has looked for long.
void answers::keep_for_rates(std::chrono::steady_clock::time_point now)
{
    if (!has_looked_)
        return;
    if (now - looked_ >= longest_rate)
    {
        before_.reset();
        next_before_.reset();
        return;
    }
    // The report that is replaced may become the earlier one of the rates, once it is old enough.
    if (!next_before_)
        next_before_ = report_;
    if (now - next_before_->steady_now < shortest_rate)
        return;
    before_ = std::exchange(next_before_, std::move(report_));
}

/// What `top` shows.
std::string answers::terminal_text(std::size_t columns) const
{
    std::string shown;
    for (const auto& line : top_lines(report_, before_ ? &*before_ : nullptr, columns))
        shown.append(line).append("\n");
    return shown;
}

/// The report of the moment; a new one is made when the last is older than 200 ms, and its texts begin again.
const collector_report& answers::report()
{
    const auto now = now_();
    if (!has_looked_ || now - looked_ >= freshness)
    {
        keep_for_rates(now);
        report_ = look_();
        looked_ = now;
        has_looked_ = true;
        made_.clear();
    }
    return report_;
}

/// The text under `path`, made at most once for each report.
answers::text answers::made_once(std::string_view path, const std::function<std::string()>& make)
{
    report();  // a newer one makes the texts of the older one go
    const auto known = made_.find(path);
    if (known != made_.end())
        return known->second;
    return made_.emplace(path, std::make_shared<const std::string>(make())).first->second;
}

}  // namespace qdc::status
