#pragma once

#include "base/utc.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace qdc::state
{

/// A base file (state/base_file.hpp) and what has to stand in it.
struct base_reference
{
    std::size_t file{0};   ///< number of the file, from 0
    std::string checksum;  ///< SHA-256 of the base
};

/// One generation of a checkpoint, as a file holds it.
struct generation
{
    std::uint64_t number{0};                 ///< grows by each save; the first is 1
    std::string saved_at;                    ///< "2024-01-10T09:47:08Z"
    std::string text;                        ///< the service's JSON object, compact
    std::optional<utc_time> last_success{};  ///< when a cycle was last complete
    std::optional<base_reference> base{};    ///< then `text` is what stands behind the base
};

/// The content of a state file:
///
///     {"format":1,"generation":N,"saved_at":"…","last_success":"…","checksum":"<SHA-256 of the state>","state":{…}}
///
/// and a line feed; the state is compact. Without `last_success` when no cycle was complete yet. With a base the format
/// is 2, and in front of the checksum stands "base":{"file":N,"checksum":"<SHA-256 of the base>"}.
std::string encode(const generation& generation);

/// What a state file holds, or the reason why it cannot be believed.
struct decoded_file
{
    std::optional<generation> value;
    std::string problem;  ///< "its checksum does not match"; empty when there is a value
};

/// Reads what encode() wrote. White space between the members is ignored, so that a file may be laid out for reading;
/// the order of the members is fixed.
decoded_file decode(std::string_view file);

/// `text` without the white space around its tokens; digits and escapes stay as they are. Nothing when it is not one
/// JSON object.
std::optional<std::string> compact_object(std::string_view text);

}  // namespace qdc::state
