#pragma once

#include <cstddef>

namespace qdc::decode
{

/// What one value may measure: the text of an element, a field of a CSV row, a string of a scan's results, in bytes of
/// UTF-8 before JSON escapes it. RESULTS of more than 10 MB are on record in single text nodes; three times as much
/// passes completely. A longer one is cut, marked and counted: see field_text.
inline constexpr std::size_t field_limit_bytes = 32u << 20;

/// Nearly all values and records are far smaller: more memory than this is not kept for the next one.
inline constexpr std::size_t usual_bytes = 1u << 20;

/// What one record may measure, as JSON: a host without its detections, a detection, a finding, a row. Two of the
/// largest values fit. A larger one is an error, not a cut: which of its members matter nobody here knows.
inline constexpr std::size_t record_limit_bytes = 64u << 20;

/// How deep the elements of one document may be nested, once outside of a record and once inside. No answer that is
/// known has more than ten levels.
inline constexpr std::size_t depth_limit = 64;

/// What one answer may bring of undocumented names, in bytes with what it costs to remember them: some 5,000 short
/// ones. More is a record that nobody could read anyway.
inline constexpr std::size_t undocumented_limit_bytes = 1u << 20;

/// Members of one record that are open at once or wait for a place in an earlier list.
inline constexpr std::size_t member_limit = 100'000;

/// What the XML parser itself may hold of one answer: unfinished tags, and every name and attribute name seen.
inline constexpr std::size_t parser_limit_bytes = 16u << 20;

}  // namespace qdc::decode
