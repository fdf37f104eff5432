#pragma once

#include "ports/log.hpp"

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace qdc::test
{

/// Keeps every record.
class recording_log final : public log
{
public:
    std::vector<log_record> records;

    bool enabled(log_level) const override { return true; }

    void write(log_record record) override { records.push_back(std::move(record)); }

    /// Records whose message contains `part`.
    std::size_t count(std::string_view part) const
    {
        std::size_t found = 0;
        for (const auto& one : records)
            found += one.message.find(part) != std::string::npos ? 1u : 0u;
        return found;
    }

    bool has(log_level level, std::string_view message) const
    {
        for (const auto& one : records)
            if (one.level == level && one.message == message)
                return true;
        return false;
    }

    /// The messages, one a line: what a failed check shows.
    std::string text() const
    {
        std::string out;
        for (const auto& one : records)
            out += one.message + '\n';
        return out;
    }
};

}  // namespace qdc::test
