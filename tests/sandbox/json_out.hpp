#pragma once

#include "sandbox/document.hpp"

#include <string>
#include <string_view>

namespace qdc::sandbox
{

/// The oracle's half of the XML to JSON rules, written from qualys-devo-collector-events(7), and on purpose without any
/// code of the product: text is always a string, attributes are `@name`, own text beside them `#text`, members of the
/// known lists are arrays also when there is one, an unknown element is an array when it occurs twice, an empty
/// element is "", an empty list {}, white space around a value goes except in RESULTS, what XML or UTF-8 forbids is
/// U+FFFD.

/// Appends `"NAME":value` for each top-level element, separated by commas.
void append_members(std::string& out, const document& elements);

/// Appends a JSON string whose source was XML: line breaks as an XML reader reports them, illegal parts replaced.
void append_json_from_xml(std::string& out, std::string_view text);

/// Appends a JSON string of valid UTF-8.
void append_json(std::string& out, std::string_view text);

}  // namespace qdc::sandbox
