#include "services/catalogue.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace qdc;
using namespace qdc::services;

namespace
{

/// 2026-07-01T12:00:00Z
constexpr utc_time noon{std::chrono::seconds(1782907200)};

}  // namespace

TEST_CASE("catalogue: it knows its services and nothing else")
{
    CHECK(find_kind("host_list") != nullptr);
    CHECK(find_kind("host_list_detection")->puller == "QualysHostListDetectionPuller");
    CHECK(find_kind("hosts") == nullptr);
    CHECK(find_kind("") == nullptr);
    CHECK(service_names().find("host_list, host_list_detection") != std::string::npos);
    CHECK(service_names(", ").find(" or ") == std::string::npos);
}

TEST_CASE("catalogue: a name is one service's, and an endpoint's name is one endpoint's")
{
    std::set<std::string_view> names, pullers, tables;
    std::map<std::string_view, const qualys::endpoint*> endpoints;
    for (const auto* const kind : catalogue())
    {
        CAPTURE(kind->name);
        CHECK(names.insert(kind->name).second);
        CHECK(pullers.insert(kind->puller).second);
        CHECK(tables.insert(kind->table).second);
        REQUIRE_FALSE(kind->endpoints.empty());
        for (const qualys::endpoint& one : kind->endpoints)
        {
            CAPTURE(one.name);
            CHECK(endpoints.try_emplace(one.name, &one).first->second == &one);
            CHECK_FALSE(one.versions.empty());
            CHECK_FALSE(one.versions.front().removed.has_value());
        }
    }
}

TEST_CASE("catalogue: a parameter and a key of a service stand there once")
{
    for (const auto* const kind : catalogue())
    {
        CAPTURE(kind->name);
        std::set<std::string_view> parameters, keys;
        for (const auto& table : kind->filters)
            for (const auto& one : table)
            {
                CAPTURE(one.name);
                CHECK(parameters.insert(one.name).second);
                const bool has_words = one.form == value_form::word || one.form == value_form::words;
                CHECK(has_words == !one.words.empty());
            }
        for (const auto& one : kind->keys)
        {
            CAPTURE(one.name);
            CHECK(keys.insert(one.name).second);
            CHECK((one.form != value_form::whole || one.least < one.most));
        }
    }
}

TEST_CASE("catalogue: each service is proved by a call of the endpoint that it lists with")
{
    for (const auto* const kind : catalogue())
    {
        CAPTURE(kind->name);
        const auto call = kind->probe(noon);
        CHECK(call.which == kind->endpoints.front());
        CHECK(call.form.at("action") == kind->endpoints.front().get().action);
    }
}

TEST_CASE("catalogue: each service is asked for one record of the last minute, or for none")
{
    const auto form = [](std::string_view name) { return find_kind(name)->probe(noon).form; };
    CHECK(form("host_list").at("truncation_limit") == "1");
    CHECK(form("host_list_detection").at("vm_processed_after") == "2026-07-01T11:59:00Z");
    CHECK(form("vm_scans").at("launched_after_datetime") > "3000");
    CHECK(form("user_activity").at("since_datetime") == "2026-07-01T11:59:00Z");
}

TEST_CASE("catalogue: the newest parameters of the detections are known")
{
    CHECK(find_filter(*find_kind("host_list_detection"), "vuln_detection_source") != nullptr);
    CHECK(find_filter(*find_kind("host_list"), "vuln_detection_source") == nullptr);
    CHECK(find_filter(*find_kind("vm_scans"), "state")->form == value_form::ours);
}
