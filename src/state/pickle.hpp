#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace qdc::state
{

/// A value of a pickled document. Lists and dictionaries name their members by index into the document, so that a
/// list that holds itself is no trap for whoever frees or walks it.
struct pickle_value
{
    using index = std::size_t;
    using list = std::vector<index>;
    using dictionary = std::vector<std::pair<index, index>>;  ///< key and value; a later key hides an earlier one

    std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, list, dictionary> content;
};

/// A pickle as plain data.
struct pickle_document
{
    std::vector<pickle_value> values;
    pickle_value::index root{0};

    /// The member of that name of a dictionary; null when there is none or `owner` is no dictionary.
    const pickle_value* member(const pickle_value& owner, std::string_view name) const;
};

/// A document, or why there is none.
struct pickle_outcome
{
    std::optional<pickle_document> value;
    std::string problem;  ///< "opcode REDUCE is refused, as plain data needs none (byte 31)"
};

/// Reads a Python pickle of protocol 0 to 5 (Python's `pickletools` lists the opcodes) as far as None, booleans,
/// integers of 64 bits, floats, strings, lists and dictionaries go. It is a reader, not a machine: an opcode that would
/// import, call or build anything is refused by name and place. Memory is bounded by a small multiple of the input, and
/// nothing recurses.
pickle_outcome read_pickle(std::string_view bytes);

}  // namespace qdc::state
