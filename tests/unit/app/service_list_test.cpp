#include "app/service_list.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace qdc;
using namespace qdc::app;

namespace
{

settings::service configured(const char* name)
{
    settings::service what;
    what.name = name;
    what.tag = "my.app.tag";
    what.page_size = 77;
    return what;
}

}  // namespace

TEST_CASE("service list: a service is made as it is configured")
{
    settings::input input;
    input.environment = "prod";
    const auto made = make_service(configured("host_list"), input, "collector1", std::nullopt);
    CHECK(made->name() == "host_list");
    made->begin_cycle(utc_time{});
    const auto first = made->next();
    REQUIRE(first);
    CHECK(first->call().form.at("truncation_limit") == "77");
    first->events().at(utc_time{});
    first->events().add({"{"});
    CHECK(
        first->events().take() == "<14>1970-01-01 00:00:00.000 collector1 my.app.tag: "
                                  "{\"@devo_environment\":\"prod\",\"@devo_pulling_id\":\"0\"}\n"
    );
}

TEST_CASE("service list: an unknown service cannot be made")
{
    CHECK_THROWS_AS(
        static_cast<void>(make_service(configured("hosts"), settings::input(), "h", std::nullopt)),
        std::invalid_argument
    );
}

TEST_CASE("service list: a service gets its own keys, its extra parameters and its account")
{
    settings::input input;
    input.login.username = "acme_ab1";
    auto what = configured("host_list_detection");
    what.filters["status"] = "Fixed";
    what.extra_parameters["show_news"] = "1";
    const auto made = make_service(what, input, "collector1", std::nullopt);
    made->begin_cycle(utc_time{});
    const auto first = made->next();
    REQUIRE(first);
    CHECK(first->call().form.at("show_news") == "1");
    CHECK(first->call().form.at("status") == "Fixed");
}
