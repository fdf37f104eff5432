#pragma once

#include "sandbox/arrival.hpp"
#include "sandbox/options.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::sandbox
{

/// What arrived of one service against what must have arrived.
struct service_verdict
{
    std::uint64_t expected = 0;         ///< events that are demanded
    std::uint64_t allowed = 0;          ///< events that may arrive
    std::uint64_t received = 0;         ///< lines that arrived
    std::uint64_t missing = 0;          ///< demanded and never seen
    std::uint64_t invented = 0;         ///< of no generation of the data
    std::uint64_t altered = 0;          ///< a known event with other bytes
    std::uint64_t duplicates = 0;       ///< beyond what the data hold
    std::uint64_t duplicate_bytes = 0;  ///< of changes: how large those are
    std::vector<std::string> samples;   ///< a few of what is wrong, a sentence each
};

struct verdict
{
    std::array<service_verdict, service_names.size()> services;
    std::optional<service_verdict> changes;  ///< what changed of the detections, when that is sent
    std::uint64_t telemetry = 0;
    std::uint64_t unknown_tag = 0;
    std::uint64_t malformed = 0;
    std::vector<std::string> samples;

    /// Nothing is missing, invented, altered, malformed or for nobody.
    [[nodiscard]] bool complete() const;

    [[nodiscard]] std::uint64_t duplicates() const;
};

/// Adds "FAULT: TEXT" to a few samples, of the text at most `longest` bytes.
void keep_sample(std::vector<std::string>& samples, std::string_view fault, std::string_view text, std::size_t longest);

/// Recomputes every event from the seed and DIR/served.jsonl and compares it with DIR/devo. Needs 17 bytes of memory
/// for each expected and each received event. Throws std::runtime_error when the directory cannot be read.
verdict verify(const options& from, bool latest_only);

std::string to_table(const verdict& from);
std::string to_json_text(const verdict& from);

}  // namespace qdc::sandbox
