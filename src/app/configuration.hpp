#pragma once

#include "settings/settings.hpp"

namespace qdc::app
{

/// Reads the configuration with every check that needs no network: what makes `run` refuse it is found here, by each
/// verb alike. `now` is the machine's clock, which is not believed when it is before a time that has certainly passed:
/// the day on which the program was built, or the newest checkpoint.
settings::outcome read_configuration(const settings::location& location, utc_time now);

/// The same without certificates, keys and proxies: `doctor` looks at these itself, one by one, and goes on with the
/// rest.
settings::outcome read_for_doctor(const settings::location& location, utc_time now);

}  // namespace qdc::app
