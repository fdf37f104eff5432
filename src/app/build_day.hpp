#pragma once

#include "base/utc.hpp"

namespace qdc::app
{

/// The day before the program was compiled (SOURCE_DATE_EPOCH decides where it is set): a clock that shows an earlier time
/// is wrong. A day before, because the compiler writes local time.
utc_time build_day();

}  // namespace qdc::app
