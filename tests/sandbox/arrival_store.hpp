#pragma once

#include "sandbox/arrival.hpp"
#include "sandbox/digest.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace qdc::sandbox
{

/// Keeps what arrived in DIR/devo: every line in events.log, or a fingerprint of every event in events.hash, or
/// nothing but counts. What flush() has written survives the death of the process.
class arrival_store
{
public:
    /// Appends to what an earlier run left. Throws std::runtime_error when the file cannot be opened.
    explicit arrival_store(const options& from);
    ~arrival_store();
    arrival_store(const arrival_store&) = delete;
    arrival_store& operator=(const arrival_store&) = delete;

    /// One line, with its line break.
    void take(std::string_view line);

    /// Hands everything to the kernel. Throws std::runtime_error when the disk is full.
    void flush();

    [[nodiscard]] const std::array<std::uint64_t, arrival_kinds>& counts() const { return counts_; }

private:
    enum class form
    {
        lines,
        hashes,
        none,
    };

    arrival_reader reader_;
    form form_;
    hasher hash_;
    int file_ = -1;
    std::string waiting_;
    std::array<std::uint64_t, arrival_kinds> counts_{};
};

/// Calls `each` for every fingerprint that DIR holds, in the order of arrival; `line` is empty when only
/// fingerprints were kept. Throws std::runtime_error when nothing was kept.
void read_arrivals(
    const options& from,
    const std::function<void(const arrival& what, const fingerprint& print, std::string_view line)>& each
);

}  // namespace qdc::sandbox
