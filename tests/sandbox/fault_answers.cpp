#include "sandbox/fault_answers.hpp"

#include "sandbox/pages.hpp"

namespace qdc::sandbox
{
namespace
{

http_answer simple(unsigned status, unsigned code, const std::string& text)
{
    http_answer answer;
    answer.status = status;
    answer.text = simple_return(code, text);
    return answer;
}

http_answer internal_answer(unsigned status)
{
    http_answer answer;
    answer.status = status;
    answer.content_type = "text/xml";
    answer.text = R"(<?xml version="1.0" encoding="UTF-8" ?>
<!DOCTYPE GENERIC_RETURN SYSTEM "https://qualysapi.example.com/generic_return.dtd">
<GENERIC_RETURN>
  <API name="index.php" username="acme_ab1" />
  <RETURN status="FAILED" number="999">Internal error. Please try again later.</RETURN>
</GENERIC_RETURN>
)";
    return answer;
}

http_answer redirect_answer(unsigned status, const std::string& to)
{
    http_answer answer;
    answer.status = status;
    answer.content_type = "text/html";
    answer.headers.emplace_back("Location", to);
    answer.text = "<html><body><a href=\"" + to + "\">Moved</a></body></html>\n";
    return answer;
}

http_answer other_root_answer()
{
    http_answer answer;
    answer.text = "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<SOMETHING_ELSE>\n  <RESPONSE/>\n</SOMETHING_ELSE>\n";
    return answer;
}

/// A careless server or proxy that shows the request it got, login and all. `how` says where: in an error's TEXT, in a
/// page, in the reason phrase, in the Location of a redirect, in XML that breaks right behind it, in JSON that does.
http_answer echo_answer(const fault& one, const options& settings, const http_request& to)
{
    const auto login = std::string(to.header("authorization")) + " (" + settings.user + ':' + settings.password + ')';
    const auto status = static_cast<unsigned>(one.number("status", 400));
    http_answer answer;
    answer.status = status;
    if (one.how == "text")
        return simple(status, static_cast<unsigned>(one.number("code", 1905)), "not accepted: <" + login + ">");
    if (one.how == "location")
        return redirect_answer(302, "https://elsewhere.example/?login=" + login);
    if (one.how == "broken")
        answer.text = "<HOST_LIST_VM_DETECTION_OUTPUT><RESPONSE>" + login + "</BROKEN>";
    else if (one.how == "json")
        answer.text = "[{\"qid\":1,\"title\":" + login + "}]";
    else
        answer.text = "<html><body>" + login + "<br></body></html>\n";
    if (one.how == "reason")
        answer.reason = login;
    return answer;
}

}  // namespace

http_answer html_answer(unsigned status)
{
    http_answer answer;
    answer.status = status;
    answer.content_type = "text/html";
    answer.text = "<html><head><title>" + std::string(reason_of(status)) + "</title></head>\n<body><h1>" +
                  std::string(reason_of(status)) + "</h1><br>This is not the API.</body></html>\n";
    answer.close = true;
    return answer;
}

http_answer concurrency_answer(const options& settings, std::uint64_t running)
{
    http_answer answer;
    answer.status = 409;
    answer.text = simple_return(
        1960, "This API cannot be run again until 1 currently running instance has finished.", "CALLS_TO_FINISH", 1
    );
    answer.headers = {
        {"X-RateLimit-Limit", std::to_string(settings.rate_limit)},
        {"X-RateLimit-Window-Sec", std::to_string(settings.rate_window)},
        {"X-Concurrency-Limit-Limit", std::to_string(settings.concurrency)},
        {"X-Concurrency-Limit-Running", std::to_string(running)},
    };
    return answer;
}

http_answer rate_answer(const options& settings, std::uint64_t wait_seconds, std::uint64_t running)
{
    http_answer answer;
    answer.status = 409;
    answer.text = simple_return(
        1965,
        "This API cannot be run again for another " + std::to_string(wait_seconds) + " seconds.",
        "SECONDS_TO_WAIT",
        wait_seconds
    );
    answer.headers = {
        {"X-RateLimit-Limit", std::to_string(settings.rate_limit)},
        {"X-RateLimit-Window-Sec", std::to_string(settings.rate_window)},
        {"X-RateLimit-ToWait-Sec", std::to_string(wait_seconds)},
        {"X-RateLimit-Remaining", "0"},
        {"X-Concurrency-Limit-Limit", std::to_string(settings.concurrency)},
        {"X-Concurrency-Limit-Running", std::to_string(running)},
    };
    return answer;
}

namespace
{

/// What a fault answers; nothing for a fault of another sort.
std::optional<replaced_answer> answer_of(const fault& one, const options& settings, const http_request& to)
{
    if (one.kind == "html")
        return replaced_answer{html_answer(static_cast<unsigned>(one.number("status", 503))), false};
    if (one.kind == "login")
        return replaced_answer{simple(401, 2000, "Bad Login/Password"), false};
    if (one.kind == "expired")
        return replaced_answer{simple(200, 2001, "This account has expired."), false};
    if (one.kind == "registration")
        return replaced_answer{simple(409, 2003, "Registration must be completed before the API can be used."), true};
    if (one.kind == "concurrency")
        return replaced_answer{concurrency_answer(settings, settings.concurrency), false};
    if (one.kind == "rate")
    {
        auto answer = rate_answer(settings, one.number("wait", 2), 0);
        if (one.how == "item")
            answer.headers.clear();
        return replaced_answer{std::move(answer), false};
    }
    if (one.kind == "redirect")
        return replaced_answer{redirect_answer(static_cast<unsigned>(one.number("status", 302)), one.to), false};
    if (one.kind == "echo")
        return replaced_answer{echo_answer(one, settings, to), false};
    if (one.kind == "empty")
        return replaced_answer{http_answer{}, true};
    if (one.kind == "other_root")
        return replaced_answer{other_root_answer(), true};
    if (one.kind == "internal")
        return replaced_answer{internal_answer(static_cast<unsigned>(one.number("status", 200))), true};
    if (one.kind != "error")
        return std::nullopt;
    const auto status = static_cast<unsigned>(one.number("status", 400));
    const auto code = static_cast<unsigned>(one.number("code", 1905));
    return replaced_answer{simple(status, code, "The sandbox was told to answer so."), true};
}

}  // namespace

std::optional<replaced_answer>
replace_answer(const std::vector<fault>& struck, const options& settings, const http_request& to)
{
    for (const auto& one : struck)
    {
        auto replaced = answer_of(one, settings, to);
        if (!replaced)
            continue;
        one.happen();
        return replaced;
    }
    return std::nullopt;
}

}  // namespace qdc::sandbox
