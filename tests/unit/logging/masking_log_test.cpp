#include "logging/masking_log.hpp"

#include "base/basic_authorization.hpp"
#include "qualys/endpoint.hpp"
#include "support/recording_log.hpp"

#include <doctest/doctest.h>

using namespace qdc;

namespace
{

struct masking
{
    test::recording_log records;
    logging::masking_log log{records};

    std::string written(const std::string& message)
    {
        log.write({log_level::info, "origin", message, {{"field", message}}});
        const auto& field = records.records.back().fields.front();
        CHECK(std::get<std::string>(field.value) == records.records.back().message);
        return records.records.back().message;
    }
};

}  // namespace

TEST_CASE_FIXTURE(masking, "masking log: without secrets it changes nothing")
{
    CHECK(written("all is well") == "all is well");
    CHECK(records.records.front().origin == "origin");
    CHECK(records.records.front().level == log_level::info);
}

TEST_CASE_FIXTURE(masking, "masking log: a password is hidden wherever it stands")
{
    log.hide("user", secret("pass word"));
    CHECK(written("pass word, pass word: pass words") == "****, ****: ****s");
    CHECK(written("he said password") == "he said password");
}

TEST_CASE_FIXTURE(masking, "masking log: so are the forms in which it travels")
{
    const secret password("p&ss wörd");
    log.hide("user", password);
    CHECK(written("password=p%26ss%20w%C3%B6rd&x") == "password=****&x");
    CHECK(written(basic_authorization("user", password).reveal()) == "Basic ****");
}

TEST_CASE_FIXTURE(masking, "masking log: a secret that begins like another one leaves nothing behind")
{
    log.hide("a", secret("secret"));
    log.hide("b", secret("secret-longer"));
    CHECK(written("secret-longer and secret") == "**** and ****");
}

TEST_CASE_FIXTURE(masking, "masking log: a secret that looks like the mask does no harm")
{
    log.hide("a", secret("****"));
    log.hide("b", secret("*****"));
    CHECK(written("x ***** y") == "x **** y");
}

TEST_CASE_FIXTURE(masking, "masking log: a password of one or two letters would black out half of every line")
{
    log.hide("a", secret("e"));
    log.hide("b", secret(""));
    CHECK(written("here") == "here");
}

TEST_CASE_FIXTURE(masking, "masking log: an excerpt's spelling of a password is hidden")
{
    log.hide("user", secret("p\xC3\xA4 ss&1"));
    CHECK(written("near \"p.. ss&1</B>\"") == "near \"****</B>\"");
    CHECK(written("<b>p\xC3\xA4 ss&amp;1</b> p.. ss&amp;1") == "<b>****</b> ****");
}

TEST_CASE_FIXTURE(masking, "masking log: where a text is cut, so is what it shows of a secret")
{
    log.hide("user", secret("longpassword"));
    CHECK(
        written("near \"\xE2\x80\xA6word) and longpas\xE2\x80\xA6\"") ==
        "near \"\xE2\x80\xA6****) and ****\xE2\x80\xA6\""
    );
    CHECK(
        written("a word, \xE2\x80\xA6worthy, so long\xE2\x80\xA6ish") ==
        "a word, \xE2\x80\xA6worthy, so ****\xE2\x80\xA6ish"
    );
}

TEST_CASE_FIXTURE(masking, "masking log: the user's name is hidden where it is a word of its own")
{
    log.hide("acme_ab1", secret("longpassword"));
    CHECK(written("login of acme_ab1: (acme_ab1:x) acme_ab12") == "login of ****: (****:x) acme_ab12");
}
