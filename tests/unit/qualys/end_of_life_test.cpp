#include "qualys/end_of_life.hpp"
#include "services/host_list/endpoint.hpp"
#include "services/host_list_detection/endpoint.hpp"
#include "services/vm_scans/endpoints.hpp"

#include <doctest/doctest.h>

using namespace qdc;
using namespace std::chrono_literals;
namespace endpoints = services::endpoints;
using qualys::end_of_life;

namespace
{

utc_time day(const char* text)
{
    return parse_utc(std::string(text) + "T00:00:00Z").value();
}

}  // namespace

TEST_CASE("end of life: a version is warned of from 90 days before the month in which it is removed")
{
    CHECK_FALSE(end_of_life(endpoints::host_list, "4.0", day("2026-09-02") - 1s));
    CHECK(
        end_of_life(endpoints::host_list, "4.0", day("2026-09-02")) ==
        "version 4.0 of host_list is removed in December 2026"
    );
    CHECK(
        end_of_life(endpoints::scan_list, "2.0", day("2026-12-31")) ==
        "version 2.0 of scan_list is removed in December 2026"
    );
    CHECK(
        end_of_life(endpoints::scan_list, "2.0", day("2027-01-01")) ==
        "version 2.0 of scan_list was to be removed in December 2026"
    );
    CHECK_FALSE(end_of_life(endpoints::host_list_detection, "3.0", day("2027-03-02")));
    CHECK(end_of_life(endpoints::host_list_detection, "3.0", day("2027-03-03")));
}

TEST_CASE("end of life: no word of the newest versions, of the only ones, and of those that nobody knows")
{
    const auto late = day("2100-01-01");
    CHECK_FALSE(end_of_life(endpoints::host_list, "5.0", late));
    CHECK_FALSE(end_of_life(endpoints::scan_fetch, "2.0", late));
    CHECK_FALSE(end_of_life(endpoints::host_list, "6.0", late));
    CHECK_FALSE(end_of_life(qualys::endpoints::about, "", late));
}
