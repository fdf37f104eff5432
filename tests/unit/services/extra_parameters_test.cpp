#include "services/extra_parameters.hpp"

#include <doctest/doctest.h>

using namespace qdc;
using services::extra_parameters;
using names = std::vector<std::string>;

namespace
{

qualys::parameters form_of(const extra_parameters& extra)
{
    qualys::parameters form{{"action", "list"}};
    extra.add_to(form);
    return form;
}

}  // namespace

TEST_CASE("extra parameters: they are sent as they are written, and change nothing that is there")
{
    const extra_parameters extra({{"show_news", "1,2"}, {"action", "drop"}});
    CHECK(form_of(extra) == qualys::parameters{{"action", "list"}, {"show_news", "1,2"}});
    CHECK(form_of(extra_parameters()).size() == 1);
}

TEST_CASE("extra parameters: those that Qualys refuses by name are left out from then on")
{
    extra_parameters extra({{"show_news", "1"}, {"show_olds", "1"}, {"third", "x"}});
    CHECK(extra.leave_out("Unrecognized parameter(s): show_olds, third") == names{"show_olds", "third"});
    CHECK(form_of(extra) == qualys::parameters{{"action", "list"}, {"show_news", "1"}});
    CHECK(extra.leave_out("Unrecognized parameter(s): show_olds") == names{});
    CHECK(extra.leave_out("unrecognized parameters:show_news.") == names{"show_news"});
    CHECK(form_of(extra).size() == 1);
}

TEST_CASE("extra parameters: a refusal of something else takes none away")
{
    extra_parameters extra(qualys::parameters{{"show_news", "1"}});
    for (const auto* const said :
         {"",
          "Unrecognized parameter(s):",
          "Unrecognized parameter(s): show_new",
          "Unrecognized parameter(s): SHOW_NEWS",
          "show_news has no value",
          "Unrecognized parameter(s): xshow_news",
          "Unrecognized parameter(s): show_news_2"})
    {
        CAPTURE(said);
        CHECK(extra.leave_out(said) == names{});
    }
    CHECK(form_of(extra).count("show_news") == 1);
}
