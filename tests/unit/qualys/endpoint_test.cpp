#include "qualys/endpoint.hpp"
#include "services/host_list/endpoint.hpp"
#include "services/host_list_detection/endpoint.hpp"
#include "services/user_activity/endpoint.hpp"
#include "services/vm_scans/endpoints.hpp"

#include <doctest/doctest.h>

using namespace qdc;
using namespace qdc::qualys;

TEST_CASE("endpoint: each has its name and its versioned path")
{
    CHECK(name(services::endpoints::host_list_detection) == "host_list_detection");
    CHECK(path(services::endpoints::host_list_detection, "5.0") == "/api/5.0/fo/asset/host/vm/detection/");
    CHECK(path(services::endpoints::host_list, "4.0") == "/api/4.0/fo/asset/host/");
    CHECK(path(services::endpoints::scan_list, "3.0") == "/api/3.0/fo/scan/");
    CHECK(path(services::endpoints::scan_fetch, "2.0") == "/api/2.0/fo/scan/");
    CHECK(path(services::endpoints::user_activity, "2.0") == "/api/2.0/fo/activity_log/");
    CHECK(path(qualys::endpoints::about, "2.0") == "/msp/about.php");
}

TEST_CASE("endpoint: a form is sorted, and everything but unreserved characters is encoded")
{
    CHECK(form_encoded({}).empty());
    CHECK(form_encoded({{"b", "2"}, {"a", "1"}}) == "a=1&b=2");
    CHECK(form_encoded({{"s", "New,Re-Opened"}}) == "s=New%2CRe-Opened");
    CHECK(form_encoded({{"o", "^a b+c&d=e%\xC3\xBC~._-$"}}) == "o=%5Ea%20b%2Bc%26d%3De%25%C3%BC~._-%24");
}

TEST_CASE("endpoint: a parameter of a URL is found and decoded")
{
    constexpr std::string_view url =
        "https://qualysapi.p01.internal.example/api/5.0/fo/asset/host/?action=list&os=a%2Bb+c%3d&x&id_min=1002&n=#f=1";
    CHECK(query_parameter(url, "id_min") == "1002");
    CHECK(query_parameter(url, "os") == "a+b c=");
    CHECK(query_parameter(url, "n") == "");
    CHECK_FALSE(query_parameter(url, "x"));
    CHECK_FALSE(query_parameter(url, "f"));
    CHECK_FALSE(query_parameter(url, "min"));
    CHECK_FALSE(query_parameter("https://a.example/id_min=1", "id_min"));
    CHECK_FALSE(query_parameter("", "id_min"));
}

TEST_CASE("endpoint: what only looks like an escape stays")
{
    CHECK(query_parameter("?a=%", "a") == "%");
    CHECK(query_parameter("?a=%4", "a") == "%4");
    CHECK(query_parameter("?a=%4g%41", "a") == "%4gA");
    CHECK(query_parameter("?a=%-1", "a") == "%-1");
}
