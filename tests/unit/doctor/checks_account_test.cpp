#include "doctor/checks_account.hpp"
#include "support/manual_clock.hpp"
#include "support/run.hpp"
#include "support/scripted_http.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>

#include <doctest/doctest.h>

using namespace qdc;
using namespace qdc::doctor;
using namespace qdc::test;
namespace asio = boost::asio;

namespace
{

settings::input input_with(std::vector<std::string> services)
{
    settings::input input;
    input.name = "qualys";
    input.login.username = "acme_ab1";
    for (auto& name : services)
    {
        settings::service service;
        service.name = std::move(name);
        input.services.push_back(std::move(service));
    }
    return input;
}

/// The checks of an account, made against scripted answers.
struct checking
{
    scripted_http http;
    check_list list{[](const check_result&) {}};
    check_notes notes{list, check_side::input, "qualys"};

    void run(std::vector<std::string> services = {"host_list_detection", "user_activity"})
    {
        asio::io_context io(1);
        manual_clock time(io.get_executor(), *parse_utc("2026-07-01T12:00:00Z"));
        test::run(io, check_account(input_with(std::move(services)), http, secret("Basic x"), time, notes));
    }

    const check_result& found(std::string_view check) const
    {
        for (const auto& one : list.all())
            if (one.check == check)
                return one;
        throw std::logic_error("no such check");
    }

    bool asked(std::size_t index, std::string_view parameter) const
    {
        return http.requests.at(index).body.find(parameter) != std::string::npos;
    }
};

scripted_answer log_of(const std::string& user, const std::string& role)
{
    return answer(
        "\"Date\",\"Action\",\"Module\",\"Details\",\"User Name\",\"User Role\",\"User IP\"\n"
        "\"2026-07-01T11:00:00Z\",\"login\",\"auth\",\"a, \"\"b\"\"\",\"" +
        user + "\",\"" + role + "\",\"203.0.113.9\"\n"
    );
}

scripted_answer unknown_parameter()
{
    return answer(
        "<SIMPLE_RETURN><RESPONSE><CODE>1901</CODE><TEXT>Unrecognized parameter(s): username</TEXT></RESPONSE>"
        "</SIMPLE_RETURN>",
        400
    );
}

scripted_answer ids(const std::string& set)
{
    return answer("<HOST_LIST_OUTPUT><RESPONSE>" + set + "</RESPONSE></HOST_LIST_OUTPUT>");
}

}  // namespace

TEST_CASE_FIXTURE(checking, "checks: a manager sees everything, and the log is asked for its own rows")
{
    http.answers = {log_of("ACME_ab1", "Manager"), ids("<ID_SET><ID>1</ID><ID_RANGE>3-12</ID_RANGE></ID_SET>")};
    run();
    CHECK(found("role").status == check_status::ok);
    CHECK(found("role").result == "Manager: sees the whole subscription");
    CHECK(found("hosts").status == check_status::ok);
    CHECK(found("hosts").result == "the account sees 11 hosts");
    CHECK(asked(0, "username=acme_ab1"));
    CHECK(asked(0, "truncation_limit=1"));
    CHECK(asked(1, "details=None"));
    CHECK(asked(1, "truncation_limit=0"));
}

TEST_CASE_FIXTURE(checking, "checks: who may not name a user is no manager, and sees its own rows alone")
{
    http.answers = {unknown_parameter(), log_of("acme_ab1", "Reader"), ids("<ID_SET><ID>7</ID></ID_SET>")};
    run();
    CHECK(found("role").status == check_status::warn);
    CHECK(found("role").result.starts_with("Reader: sees its own hosts"));
    CHECK(found("hosts").result == "the account sees 1 host");
    CHECK_FALSE(asked(1, "username"));
    CHECK_FALSE(list.failed());
}

TEST_CASE_FIXTURE(checking, "checks: no manager whose log is empty is known not to be one")
{
    http.answers = {unknown_parameter(), answer("\"Date\",\"User Name\",\"User Role\"\n"), ids("")};
    run();
    CHECK(found("role").status == check_status::warn);
    CHECK(found("role").result.find("no manager") != std::string::npos);
    CHECK(found("hosts").status == check_status::warn);
    CHECK(found("hosts").result == "the account sees no host");
}

TEST_CASE("checks: a role without vulnerability data fails where such services are configured")
{
    for (const char* const role : {"Auditor", "Contact", "Remediation User", "KnowledgeBase Only"})
        for (const bool vulnerabilities : {true, false})
        {
            CAPTURE(role);
            checking it;
            it.http.answers = {unknown_parameter(), log_of("acme_ab1", role), ids("<ID_SET><ID>7</ID></ID_SET>")};
            it.run({vulnerabilities ? "vm_scans" : "user_activity"});
            CHECK(it.found("role").status == (vulnerabilities ? check_status::fail : check_status::warn));
        }
}

TEST_CASE("checks: a role that is not known is no failure, whatever came")
{
    scripted_answer away;
    away.unreachable = asio::error::timed_out;
    auto cut = log_of("acme_ab1", "Manager");
    cut.pieces.front().resize(40);
    cut.failure = asio::error::connection_reset;
    for (const auto& odd :
         {away,
          cut,
          answer("", 403),
          answer("<html><title>no</title></html>", 503),
          answer("<html><title>no</title></html>"),
          answer(""),
          answer("\"Date\",\"User Name\"\n\"2026-07-01T11:00:00Z\",\"acme_ab1\"\n"),
          log_of("acme_ab1", "N/A"),
          log_of("someone_else", "Manager")})
    {
        checking it;
        it.http.answers = {odd, odd};
        it.run();
        CAPTURE(it.found("role").result);
        CAPTURE(it.found("hosts").result);
        CHECK(it.found("role").status == check_status::skip);
        CHECK(it.found("role").result.starts_with("not known"));
        CHECK(it.found("hosts").status == check_status::skip);
        CHECK(it.found("hosts").result.starts_with("not known"));
    }
}

TEST_CASE_FIXTURE(checking, "checks: the hosts of a long list are counted while it arrives")
{
    scripted_answer many = ids("");
    many.pieces = {"<HOST_LIST_OUTPUT><RESPONSE><ID_SET>"};
    for (int i = 0; i < 1000; ++i)
        many.pieces.push_back("<ID>" + std::to_string(3 * i + 1) + "</ID>\n<ID_RANGE>9000000000-9000000009</ID_RANGE>");
    many.pieces.push_back("</ID_SET></RESPONSE></HOST_LIST_OUTPUT>");
    http.answers = {log_of("acme_ab1", "Unit Manager"), many};
    run();
    CHECK(found("role").status == check_status::warn);
    CHECK(found("hosts").result == "the account sees 11000 hosts");
}
