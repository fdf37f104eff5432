#pragma once

#include "sandbox/arrival_store.hpp"
#include "sandbox/gzip.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace qdc::sandbox
{

/// One connection's bytes become lines: plain or gzip, told apart by the first two bytes.
class line_intake
{
public:
    explicit line_intake(arrival_store& store) : store_(store) {}

    /// Takes bytes; false when gzip is broken.
    [[nodiscard]] bool add(std::string_view bytes);

    [[nodiscard]] std::uint64_t lines() const { return lines_; }

    [[nodiscard]] unsigned long gzip_members() const { return unpacker_ ? unpacker_->members() : 0; }

    /// True when the connection ended, or would end now, inside a line or a gzip member: that part is not kept.
    [[nodiscard]] bool partial() const;

private:
    void split(std::string_view plain);

    arrival_store& store_;
    std::string head_;  ///< the first byte, as long as it is the only one
    bool decided_ = false;
    std::optional<gzip_reader> unpacker_;
    std::string plain_;
    std::string rest_;  ///< the beginning of a line
    std::uint64_t lines_ = 0;
};

}  // namespace qdc::sandbox
