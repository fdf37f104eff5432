#pragma once

#include "base/utc.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace boost::json
{
class array;
class value;
}  // namespace boost::json

namespace qdc::services
{

/// Scans whose results cannot be fetched: one that never comes must not hold up all others. Each later cycle tries each of
/// them once, behind all others; then they leave.
class scan_quarantine
{
public:
    struct entry
    {
        utc_time since{};
        std::string reason;
    };

    using entries = std::map<std::string, entry, std::less<>>;

    /// Reads what text() wrote. False: it is something else.
    bool restore(const boost::json::value& saved);

    /// A JSON array.
    std::string text() const;

    bool contains(std::string_view reference) const { return entries_.contains(reference); }

    /// False: there are so many that more would be no exception.
    bool add(const std::string& reference, entry reason);

    /// True: it was in it.
    bool leave(std::string_view reference);

    const entries& all() const noexcept { return entries_; }

private:
    entries entries_;
};

}  // namespace qdc::services
