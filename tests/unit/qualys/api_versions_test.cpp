#include "qualys/api_versions.hpp"
#include "services/host_list/endpoint.hpp"
#include "services/host_list_detection/endpoint.hpp"
#include "services/vm_scans/endpoints.hpp"

#include <doctest/doctest.h>

using namespace qdc;
using namespace qdc::qualys;

namespace
{

api_versions configured(const std::string& endpoint_name, const std::string& version)
{
    return api_versions(std::map<std::string, std::string>{{endpoint_name, version}});
}

}  // namespace

TEST_CASE("api_versions: each endpoint and action has its own version")
{
    const api_versions it = configured("host_list", "4.0");
    CHECK(it.of(services::endpoints::host_list) == "4.0");
    CHECK(it.of(services::endpoints::host_list_detection) == "5.0");
    CHECK(it.of(services::endpoints::scan_list) == "3.0");
    CHECK(it.of(services::endpoints::scan_fetch) == "2.0");
}

TEST_CASE("api_versions: a version that the configuration fixes is never replaced")
{
    api_versions it = configured("host_list", "4.0");
    CHECK_FALSE(it.automatic(services::endpoints::host_list));
    CHECK_FALSE(it.retire(services::endpoints::host_list, "4.0"));
    CHECK(it.of(services::endpoints::host_list) == "4.0");
}

TEST_CASE("api_versions: auto goes from the newest known version to older ones, and remembers")
{
    api_versions it = configured("host_list", "auto");
    CHECK(it.of(services::endpoints::host_list) == "5.0");
    CHECK(it.retire(services::endpoints::host_list, "5.0"));
    CHECK(it.of(services::endpoints::host_list) == "4.0");
    CHECK(it.retire(services::endpoints::host_list, "5.0"));  // somebody else's answer that came late
    CHECK(it.of(services::endpoints::host_list) == "4.0");
}

TEST_CASE("api_versions: when none works the newest is tried again")
{
    api_versions it = configured("scan_list", "auto");
    CHECK(it.retire(services::endpoints::scan_list, "3.0"));
    CHECK_FALSE(it.retire(services::endpoints::scan_list, "2.0"));
    CHECK(it.of(services::endpoints::scan_list) == "3.0");
}
