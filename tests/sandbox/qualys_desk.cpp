#include "sandbox/qualys_desk.hpp"

#include "sandbox/fault_answers.hpp"
#include "sandbox/pages.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <stdexcept>

namespace qdc::sandbox
{
namespace
{

constexpr std::size_t recent_requests = 500;  // shown by /sandbox/status; requests.jsonl has them all
constexpr std::size_t longest_target = 8000;  // a usual limit of web servers; beyond it: 414

struct known_path
{
    std::string_view tail;
    endpoint what;
    std::string_view versions;      ///< answered always
    std::string_view old_versions;  ///< answered with --old-versions
};

/// Versions as of the Qualys API (VM and PA) User Guide of July 2026: the older ones are out of support.
constexpr std::array<known_path, 4> paths{{
    {"/fo/asset/host/vm/detection/", endpoint::detections, "5.0", "2.0 3.0 4.0"},
    {"/fo/asset/host/", endpoint::hosts, "5.0", "2.0 3.0 4.0"},
    {"/fo/activity_log/", endpoint::activity, "2.0", ""},
    {"/fo/knowledge_base/vuln/", endpoint::knowledge_base, "4.0", "2.0 3.0"},
}};

std::string with_slash(const std::string& path)
{
    return path.empty() || path.back() != '/' ? path + '/' : path;
}

}  // namespace

seat& seat::operator=(seat&& other) noexcept
{
    leave();
    of_ = std::exchange(other.of_, nullptr);
    endpoint_ = std::move(other.endpoint_);
    return *this;
}

void seat::leave() noexcept
{
    if (of_ != nullptr)
        of_->leave(endpoint_);
    of_ = nullptr;
}

qualys_desk::qualys_desk(const options& from, devo_access devo) : world_(from), devo_(std::move(devo))
{
    const auto directory = std::filesystem::path(from.directory);
    std::ifstream before(directory / "served.jsonl");
    for (std::string line; std::getline(before, line);)
        if (const auto next = from_line(line))
            world_.past.apply(*next);
    served_.open(directory / "served.jsonl", std::ios::app);
    requests_.open(directory / "requests.jsonl", std::ios::app);
    if (!served_ || !requests_)
        throw std::runtime_error("cannot write in " + from.directory);
    faults_.set(from.fault);
    for (const auto& host : from.poison)
        announce(host_poisoned{std::stoull(host), true});
}

void qualys_desk::announce(const change& next)
{
    served_ << to_line(next) << '\n' << std::flush;
    if (!served_)
        throw std::runtime_error("cannot write served.jsonl");
    world_.past.apply(next);
}

desk_answer qualys_desk::answer(const http_request& request)
{
    desk_answer out;
    if (request.path.rfind("/sandbox/", 0) == 0)
    {
        out.answer = sandbox_answer(request);
        return out;
    }
    const auto given = parameters_of(request);
    const auto to = route_of(request.path, given);
    note_request(request, to, given);
    out = qualys_answer(request, to, given);
    ++answers_by_status_[std::to_string(out.answer.status)];
    return out;
}

qualys_desk::route qualys_desk::route_of(const std::string& path, const parameter_map& given) const
{
    if (path == "/msp/about.php")
        return {endpoint::about, path, "about"};
    const auto whole = with_slash(path);
    if (whole.rfind("/api/", 0) != 0 || whole.size() < 9)
        return {};
    const auto to = known_route_of(whole, given);
    const auto& gone = world_.settings.retired;
    const bool retired = std::find(gone.begin(), gone.end(), to.limit_name + '/' + whole.substr(5, 3)) != gone.end();
    return retired ? route{} : to;
}

qualys_desk::route qualys_desk::known_route_of(const std::string& whole, const parameter_map& given) const
{
    const auto version = whole.substr(5, 3);
    const std::string_view tail = std::string_view(whole).substr(8);
    const auto knows = [&version, this](std::string_view current, std::string_view old)
    {
        return current.find(version) != std::string_view::npos ||
               (world_.settings.old_versions && old.find(version) != std::string_view::npos);
    };
    for (const auto& known : paths)
        if (known.tail == tail && knows(known.versions, known.old_versions))
            return {known.what, whole, std::string(name_of(known.what))};
    if (tail != "/fo/scan/")
        return {};
    const auto action = given.find("action");
    const bool fetch = action != given.end() && action->second == "fetch";
    const auto what = fetch ? endpoint::scan_fetch : endpoint::scan_list;
    if (fetch ? version == "2.0" : knows("3.0", "2.0"))
        return {what, whole, std::string(name_of(what))};
    return {};
}

http_answer qualys_desk::refusal(unsigned status, unsigned code, const std::string& text) const
{
    http_answer answer;
    answer.status = status;
    answer.text = simple_return(code, text);
    answer.close = status == 400;
    return answer;
}

desk_answer qualys_desk::qualys_answer(const http_request& request, const route& to, const parameter_map& given)
{
    desk_answer out;
    if (request.method == "GET" && request.path.size() + request.query.size() > longest_target)
    {
        out.answer = html_answer(414);
        return out;
    }
    if (to.what == endpoint::unknown)
    {
        out.answer = html_answer(404);
        return out;
    }
    if (to.what != endpoint::about && request.header("x-requested-with").empty())
    {
        const auto status = static_cast<unsigned>(world_.settings.missing_header_status);
        out.answer = refusal(status, 1903, "Missing required header: X-Requested-With");
        return out;
    }
    if (!carries_login(request, world_.settings.user, world_.settings.password))
    {
        out.answer = refusal(401, 2000, "Bad Login/Password");
        return out;
    }
    if (world_.settings.own_calls)
        announce(rows_arrived{1, now(), false, true});

    auto struck = faults_.strike(name_of(to.what), page_limit(given));
    const auto& s = world_.settings;
    const quota::limits allowed{s.rate_limit, s.rate_window, s.concurrency, s.phantom_calls, s.foreign_running};
    const auto standing = quota_.enter(to.limit_name, allowed, std::chrono::steady_clock::now());
    if (standing.result == quota::verdict::too_many_at_once)
        out.answer = concurrency_answer(s, standing.running);
    else if (standing.result == quota::verdict::too_many_in_window)
        out.answer = rate_answer(s, standing.wait_seconds, standing.running);
    else
    {
        out.place = seat(quota_, to.limit_name);
        slow_down(out, to, given);
        auto replaced = replace_answer(struck, s, request);
        if (!replaced)
            replaced = replaced_answer{document_for(to, given, struck), true};
        out.answer = std::move(replaced->answer);
        if (replaced->limit_headers)
            add_limit_headers(out.answer, standing);
    }
    out.may_compress = s.gzip && request.header("accept-encoding").find("gzip") != std::string_view::npos;
    out.faults = std::move(struck);
    return out;
}

/// A list of ids is quick.
void qualys_desk::slow_down(desk_answer& reply, const route& to, const parameter_map& given)
{
    const auto& s = world_.settings;
    const bool hosts = to.what == endpoint::hosts || to.what == endpoint::detections;
    const bool ids = given.count("details") != 0 && given.at("details") == "None";
    if ((!hosts && to.what != endpoint::scan_fetch) || ids)
        return;
    if (s.page_time != 0)
    {
        // As many short ones as long ones, the same in each run.
        dice draw(s.seed, topic::noise, delayed_++);
        reply.delay = std::chrono::milliseconds(draw.log_between(s.page_time, s.page_time * s.page_time_spread));
        delays_ms_ += static_cast<std::uint64_t>(reply.delay.count());
    }
    const bool first = requests_by_endpoint_[std::string(name_of(to.what))] == 1;
    if (s.gate != 0 && !first && (!hosts || given.count("id_max") != 0))
        reply.held = [this, name = to.limit_name] { return quota_.most(name) < world_.settings.gate; };
}

http_answer qualys_desk::document_for(const route& to, parameter_map given, const std::vector<fault>& struck)
{
    http_answer answer;
    if (to.what == endpoint::about)
    {
        answer.text = about_document(world_);
        return answer;
    }
    if (given["action"] != (to.what == endpoint::scan_fetch ? "fetch" : "list"))
        return refusal(400, 1905, "parameter action has invalid value: " + given["action"]);
    if (const auto wrong = check_parameters(to.what, given, world_.settings.refuse_username))
        return refusal(400, wrong->code, wrong->text);
    if (to.what == endpoint::knowledge_base && given["details"] == "None" && world_.settings.refuse_id_list)
        return refusal(400, 1905, "parameter details has invalid value: None");

    page_request asked{.path = to.path, .parameters = std::move(given), .clock_offset = world_.settings.date_offset};
    const auto happens = [&struck](std::string_view kind)
    {
        const auto* const found = find_fault(struck, kind);
        if (found != nullptr)
            found->happen();
        return found != nullptr;
    };
    asked.repeat_cursor = happens("repeat_cursor");
    asked.duplicate_host = happens("duplicate_host");
    asked.entity = happens("entity");
    asked.junk = happens("junk");
    asked.unclosed = happens("unclosed");
    if (to.what == endpoint::detections)
        answer.body = detection_page(world_, std::move(asked));
    else if (to.what == endpoint::hosts)
        answer.body = host_page(world_, std::move(asked));
    else if (to.what == endpoint::scan_list)
        answer.body = scan_list_page(world_, std::move(asked));
    else if (to.what == endpoint::knowledge_base)
        answer.body = knowledge_page(world_, std::move(asked));
    else if (to.what == endpoint::activity)
    {
        answer.content_type = "text/csv;charset=UTF-8";
        answer.body = activity_page(world_, std::move(asked));
        if (world_.settings.arrivals > 0)
            announce(rows_arrived{world_.settings.arrivals, now(), false, false});
    }
    else
    {
        const auto reference = asked.parameters["scan_ref"];
        answer.content_type = world_.settings.fetch_as_html ? "text/html; charset=UTF-8" : "application/json";
        answer.body = scan_results(world_, std::move(asked));
        if (!answer.body)
            return refusal(400, 1905, "parameter scan_ref has invalid value: " + reference + " (no results)");
    }
    return answer;
}

void qualys_desk::add_limit_headers(http_answer& to, const quota::standing& now) const
{
    to.headers = {
        {"X-RateLimit-Limit", std::to_string(world_.settings.rate_limit)},
        {"X-RateLimit-Window-Sec", std::to_string(world_.settings.rate_window)},
        {"X-RateLimit-Remaining", std::to_string(now.remaining)},
        {"X-RateLimit-ToWait-Sec", std::to_string(now.wait_seconds)},
        {"X-Concurrency-Limit-Limit", std::to_string(world_.settings.concurrency)},
        {"X-Concurrency-Limit-Running", std::to_string(now.running)},
    };
}

void qualys_desk::note_request(const http_request& request, const route& to, const parameter_map& given)
{
    namespace json = boost::json;
    const std::string endpoint(name_of(to.what));
    ++requests_by_endpoint_[endpoint];
    json::object parameters;
    for (const auto& [name, value] : given)
        parameters[name] = value;
    const json::object line{
        {"time", to_text(now())},
        {"endpoint", endpoint},
        {"method", request.method},
        {"path", request.path},
        {"parameters", std::move(parameters)},
    };
    recent_.push_back(json::serialize(line));
    requests_ << recent_.back() << '\n' << std::flush;
    if (recent_.size() > recent_requests)
        recent_.pop_front();
}

}  // namespace qdc::sandbox
