#include "app/build_day.hpp"

#include "app/build_date.hpp"  // written by Meson

#include <chrono>

namespace qdc::app
{

utc_time build_day()
{
    return std::chrono::sys_days(QDC_BUILD_DATE) - std::chrono::days(1);
}

}  // namespace qdc::app
