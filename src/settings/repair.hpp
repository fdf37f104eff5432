#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::settings
{

/// One change that repair() made.
struct repair_note
{
    std::size_t line;       ///< from 1
    std::string_view what;  ///< what was found and how it was read; no value of the file
    std::string_view fix;
};

/// A text after repair().
struct repaired
{
    std::string text;  ///< as many lines as before
    std::vector<repair_note> notes;
};

/// Repairs what pasting from the official collector page breaks: typographic quotes around a value or key, commas behind
/// a value (YAML) or without a value (JSON), no-break blanks, and the indentation of the page's `filters` samples.
/// (`vm_scans::` is legal YAML; parse_document() repairs it in the tree.)
///
/// Lines stay where they are, so that every later message shows the right one. Strings in plain quotes, comments and
/// block texts (`|`, `>`) are never touched.
repaired repair(std::string text);

}  // namespace qdc::settings
