#pragma once

#include "sandbox/document.hpp"
#include "sandbox/rng.hpp"

#include <string>

namespace qdc::sandbox
{

/// Appends the elements as Qualys writes them. `noise` chooses, without any meaning for the reader, between CDATA and
/// escaped text, padded and tight CDATA, and the three spellings of an empty element. RESULTS are never padded:
/// their white space counts.
void append_xml(std::string& out, const document& elements, dice& noise, unsigned depth);

/// Appends `text` with the five entities where XML needs them.
void append_xml_escaped(std::string& out, std::string_view text);

/// Appends `text` as CDATA, split wherever it holds `]]>`.
void append_cdata(std::string& out, std::string_view text);

}  // namespace qdc::sandbox
