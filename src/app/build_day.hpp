#pragma once

#include "base/utc.hpp"

namespace qdc::app
{

/// The day before the build was configured (SOURCE_DATE_EPOCH decides where it is set): a clock that shows an earlier time is
/// wrong. One that is some hours behind is no fault that can be told from here.
utc_time build_day();

}  // namespace qdc::app
