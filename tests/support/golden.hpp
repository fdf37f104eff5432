#pragma once

#include <string>
#include <string_view>

namespace qdc::test
{

/// Text of tests/data/<name>.
std::string data(std::string_view name);

/// Compares `actual` with tests/data/<name>. With QDC_ACCEPT=1 it rewrites the file instead and
/// fails the case, so that an accepting run can never pass for a checking one.
void check_golden(std::string_view name, std::string_view actual);

}  // namespace qdc::test
