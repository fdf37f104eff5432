#include "doctor/checks_account.hpp"

#include "base/count_of.hpp"
#include "base/text.hpp"
#include "collect/body.hpp"
#include "collect/decision.hpp"
#include "collect/page.hpp"
#include "collect/short_answer.hpp"
#include "decode/activity_rows.hpp"
#include "decode/xml_parser.hpp"
#include "qualys/answer_document.hpp"
#include "qualys/api_versions.hpp"
#include "qualys/endpoint.hpp"
#include "qualys/id_set.hpp"
#include "qualys/limits.hpp"
#include "services/host_list/endpoint.hpp"
#include "services/user_activity/endpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace qdc::doctor
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace
{

// Qualys' code for a parameter that the account may not use.
constexpr int unknown_parameter = 1901;

// A log that shows no row of the account in so long says nothing about it.
constexpr auto log_window = 24h * 30;

// A row is short; whatever else comes is not read to its end.
constexpr std::uint64_t most_log_bytes = 256 * 1024;

// A list of a million single ids has 18 MB.
constexpr std::uint64_t most_list_bytes = 256u << 20;

/// A call whose answer has begun, unless `page` says that it failed.
struct opened_call
{
    collect::page_outcome page;
    http_head head;
};

/// Sends a call. A failure and a refusal are read to their end and noted in `page`; a good answer is left to be read.
asio::awaitable<opened_call>
open_call(http_stream& source, qualys::call call, const settings::input& input, secret authorization, time_source& time)
{
    opened_call out;
    auto& page = out.page;
    // The call goes out as the collector itself would make it: same version, same form.
    const qualys::api_versions versions(input.api_versions);
    const auto target = qualys::path(call.which, versions.of(call.which));
    http_request request{target, qualys::form_encoded(call.form), std::move(authorization)};
    // No answer at all: where the call broke off says what to do about it.
    const auto head = co_await source.open(std::move(request));
    if (!head)
    {
        page.failure = head.error();
        page.stage = source.stage();
        source.close();
        co_return out;
    }
    out.head = *head;
    page.status = head->status;
    if (head->status == 200)
        co_return out;
    // Any other status is a refusal, whose document says why.
    collect::body content(source, *head);
    qualys::answer_document document({});
    [[maybe_unused]] const auto cut = co_await collect::read_short_answer(content, document);
    page.refusal = collect::completed(document.refused(), *head, content, time.utc_now());
    page.failure = errc::refused;
    source.close();
    co_return out;
}

/// The cause of a failed call, as the reason for what is not known.
std::string why_not(const collect::page_outcome& page)
{
    return "not known: " + collect::decide(page, 1, 0).cause;
}

/// A row of the log, as far as it says who acted.
struct log_entry
{
    std::string user;
    std::string role;
};

/// The field below that name; empty: there is no such column.
std::string
field_named(const decode::activity_rows::row& names, const decode::activity_rows::row& row, const char* name)
{
    const auto found = std::ranges::find(names, name);
    return found == names.end() ? "" : row[static_cast<std::size_t>(found - names.begin())];
}

/// Reads an activity log up to its first row. Nothing: it has none.
asio::awaitable<result<std::optional<log_entry>>> read_first_row(collect::body& content)
{
    // Piece by piece, until a row is complete, the answer ends, or it is longer than a row can be.
    decode::activity_rows rows;
    while (content.received() < most_log_bytes)
    {
        const auto piece = co_await content.next();
        if (!piece)
            co_return piece.error();
        auto rest = *piece;
        if (!rest.empty())
        {
            const auto fed = rows.feed(rest);
            if (!fed)
                co_return fed.error();
        }
        else if (const auto failure = rows.finish())
        {
            co_return failure;
        }
        // The first row is enough; what follows is not read.
        for (const auto& row : rows.take())
            co_return std::optional(log_entry{
                field_named(rows.names(), row, "User Name"), field_named(rows.names(), row, "User Role")});
        if (piece->empty())
            break;
    }
    co_return std::optional<log_entry>();
}

/// What became of a call to the activity log, and the row that it gave.
struct log_answer
{
    collect::page_outcome page;
    std::optional<log_entry> entry;
};

/// The newest row that the account may see, of `user` alone if one is named.
asio::awaitable<log_answer>
ask_log(http_stream& source, std::string user, const settings::input& input, secret authorization, time_source& time)
{
    // One row is asked for, the newest of the last 30 days.
    qualys::call call{
        services::endpoints::user_activity,
        {{"action", "list"},
         {"since_datetime", utc_seconds(time.utc_now() - log_window)},
         {"truncation_limit", "1"},
         {"output_format", "csv"}}};
    // Without a name the log shows whatever the account may see.
    if (!user.empty())
        call.form.emplace("username", std::move(user));
    auto opened = co_await open_call(source, std::move(call), input, std::move(authorization), time);
    log_answer out{std::move(opened.page), {}};
    if (out.page.failure)
        co_return out;
    collect::body content(source, opened.head);
    // The row is known; the connection is closed even if more would come.
    auto read = co_await read_first_row(content);
    source.close();
    if (read)
    {
        out.entry = std::move(*read);
        co_return out;
    }
    out.page.failure = read.error();
    out.page.detail = content.beginning();
    co_return out;
}

/// Counts <ID> and <ID_RANGE> of <ID_SET>.
class id_counter final : public qualys::id_set_document
{
public:
    id_counter() : id_set_document(services::endpoints::host_list.root) {}

    std::uint64_t hosts() const noexcept { return hosts_; }

private:
    void take(const qualys::listed_ids& ids) override
    {
        if (!ids.is_range)
            ++hosts_;
        else if (ids.is_good())
            hosts_ += *ids.last - *ids.first + 1;
    }

    std::uint64_t hosts_{0};
};

/// Whether the service's data come from scans, for which an account needs a permission.
bool is_of_vulnerabilities(const settings::service& service)
{
    return service.name != "user_activity" && service.name != "knowledge_base";
}

/// Whether an account of that role gets no data of hosts, detections and scans at all. The names are those of the
/// activity log's filter. (User guide: host list, detections, activity log.)
bool sees_no_vulnerabilities(std::string_view role)
{
    return role == "Auditor" || role == "KnowledgeBase Only" || role == "Remediation User" || role == "Contact";
}

}  // namespace

asio::awaitable<account_role>
ask_role(http_stream& source, settings::input input, secret authorization, time_source& time)
{
    account_role role;
    const auto own_name = input.login.username;
    // A manager may ask for the rows of one user. Others are refused the parameter, and see only their own rows anyway.
    auto answer = co_await ask_log(source, own_name, input, authorization, time);
    role.is_limited = answer.page.failure == errc::refused && answer.page.refusal.code == unknown_parameter;
    if (role.is_limited)
        answer = co_await ask_log(source, {}, input, authorization, time);
    // The row has to be the account's own, or its role is somebody else's.
    if (answer.entry && same_letters(answer.entry->user, own_name) && !answer.entry->role.empty() &&
        answer.entry->role != "N/A")
        role.name = answer.entry->role;
    else if (answer.page.failure)
        role.not_known = why_not(answer.page);
    else
        role.not_known = "not known: the activity log shows no action of this account";
    co_return role;
}

asio::awaitable<host_count>
count_hosts(http_stream& source, settings::input input, secret authorization, time_source& time)
{
    host_count count;
    // The list of ids without any details: the cheapest way to count, and without a limit a single answer.
    qualys::call call{
        services::endpoints::host_list, {{"action", "list"}, {"details", "None"}, {"truncation_limit", "0"}}};
    auto opened = co_await open_call(source, std::move(call), input, std::move(authorization), time);
    auto& page = opened.page;
    if (page.failure)
    {
        count.not_known = why_not(page);
        co_return count;
    }
    collect::body content(source, opened.head);
    id_counter ids;
    decode::xml_parser parser(ids);
    // The ids are counted while they arrive; nothing is kept.
    for (bool end = false; !end && !page.failure;)
    {
        const auto piece = co_await content.next();
        if (!piece)
        {
            page.failure = piece.error();
            break;
        }
        end = piece->empty();
        auto rest = *piece;
        const auto parsed = end ? parser.finish() : parser.feed(rest);
        if (!parsed)
            page.failure = parsed.error();
        else if (content.received() > most_list_bytes)
            page.failure = errc::xml_too_large;
    }
    source.close();
    if (!page.failure)
        // A document that is well-formed may still be an error of Qualys.
        page.failure = ids.outcome();
    page.refusal = ids.refused();
    page.refusal.status = page.status;
    if (page.failure)
        count.not_known = why_not(page);
    else
        count.hosts = ids.hosts();
    co_return count;
}

void note_role(const account_role& role, const settings::input& input, check_notes& notes)
{
    // From the best role to the least that is known.
    const char* const advice = "Qualys recommends the role Manager for an account that collects everything";
    if (role.name == "Manager")
        return notes.ok("role", "Manager: sees the whole subscription");
    const bool vulnerabilities = std::ranges::any_of(input.services, is_of_vulnerabilities);
    if (sees_no_vulnerabilities(role.name) && vulnerabilities)
        return notes.fail(
            "role",
            role.name + ": has no permission for hosts, detections and scans",
            "have an administrator of Qualys give the account another role; " + std::string(advice)
        );
    if (role.name == "Unit Manager")
        return notes.warn("role", role.name + ": sees the hosts, scans and actions of its business unit only", advice);
    if (!role.name.empty())
        return notes.warn("role", role.name + ": sees its own hosts and scans, and its own actions only", advice);
    if (role.is_limited)
        return notes.warn(
            "role", role.not_known + "; no manager: it sees its own hosts, scans and actions only", advice
        );
    notes.skip("role", role.not_known);
}

void note_hosts(const host_count& count, check_notes& notes)
{
    if (!count.hosts)
        return notes.skip("hosts", count.not_known);
    if (*count.hosts == 0)
        return notes.warn("hosts", "the account sees no host", "have an administrator of Qualys grant it asset groups");
    notes.ok("hosts", "the account sees " + count_of(*count.hosts, "host"));
}

asio::awaitable<void>
check_account(settings::input input, http_stream& source, secret authorization, time_source& time, check_notes& notes)
{
    const auto role = co_await ask_role(source, input, authorization, time);
    note_role(role, input, notes);
    const auto count = co_await count_hosts(source, input, authorization, time);
    note_hosts(count, notes);
}

}  // namespace qdc::doctor
