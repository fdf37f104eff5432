#include "collect/light_call.hpp"

#include "base/text.hpp"
#include "collect/body.hpp"
#include "collect/short_answer.hpp"
#include "qualys/answer_document.hpp"
#include "qualys/endpoint.hpp"

#include <utility>

namespace qdc::collect
{

namespace asio = boost::asio;

namespace
{

/// ABOUT has no RESPONSE: its children are the answer.
class about_handler final : public decode::xml_handler
{
public:
    void on_start(std::string_view name, const char* const* attributes) override
    {
        text_.clear();
        // It is an ABOUT if its root says so; an error document has another root, and is read beside it.
        about_ = about_ || (depth_ == 0 && name == "ABOUT");
        ++depth_;
        error_.on_start(name, attributes);
    }

    void on_text(std::string_view piece) override
    {
        if (text_.size() < 100)
            text_ += piece;
        error_.on_text(piece);
    }

    void on_end(std::string_view name) override
    {
        // The text of an element is complete when it ends.
        if (name == "WEB-VERSION")
            version_ = trimmed(text_);
        --depth_;
        error_.on_end(name);
    }

    bool is_about() const noexcept { return about_; }

    const qualys::answer_document& error() const noexcept { return error_; }

    const std::string& version() const noexcept { return version_; }

private:
    qualys::answer_document error_{{}};
    bool about_{false};
    std::size_t depth_{0};
    std::string text_;
    std::string version_;
};

}  // namespace

asio::awaitable<light_outcome> make_light_call(http_stream& source, secret authorization, const time_source& time)
{
    light_outcome out;
    out.page.attempt = "asking";
    http_request request{qualys::path(qualys::endpoints::about, {}), {}, std::move(authorization)};
    // The smallest question there is, with the login and without parameters.
    const auto head = co_await source.open(std::move(request));
    // No answer came: how far the call got says what is wrong.
    if (!head)
    {
        out.page.failure = head.error();
        out.page.stage = source.stage();
        source.close();
        co_return out;
    }
    out.page.status = head->status;
    out.page.limits = qualys::read_limits(head->fields);
    out.date = head->field("date");
    body content(source, *head);
    about_handler handler;
    // An ABOUT, an error document, or the page of something that is not the API: in each case the beginning is enough.
    const auto cut = co_await read_short_answer(content, handler);
    // The rest of the body may be unread, so this connection cannot serve another call.
    source.close();
    // An error document may come under any status, 200 too, so both say what was refused.
    out.page.bytes = content.received();
    out.page.refusal = completed(handler.error().refused(), *head, content, time.utc_now());
    out.web_version = handler.version();
    // Refused by status or by document; cut before it was known what came; or something else than an ABOUT.
    if (head->status != 200 || handler.error().outcome() == errc::refused)
        out.page.failure = errc::refused;
    else if (cut && !handler.is_about())
    {
        out.page.failure = cut;
        out.page.stage = content.stage();
    }
    else if (!handler.is_about())
    {
        out.page.failure = errc::not_a_document;
        out.page.detail = content.beginning();
    }
    co_return out;
}

bool is_refused_login(const page_outcome& page)
{
    if (page.failure != errc::refused)
        return false;
    // A missing permission counts too: from one answer alone it looks the same.
    const auto what = qualys::judge(page.refusal).what;
    return what == qualys::remedy::login || what == qualys::remedy::permission;
}

}  // namespace qdc::collect
