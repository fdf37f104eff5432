#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace qdc::settings
{

// What yaml-cpp 0.7 needs before and after it reads a text.

/// JSON writes what lies beyond U+FFFF as two escapes (RFC 8259, section 7); yaml-cpp refuses each half. So each pair is
/// replaced by the character itself, which both grammars take. Lines stay where they are.
std::string join_surrogates(std::string_view text);

/// The line, from 0, of what YAML::Load() leaves unread: a second document, or text behind a bracket too many. Throws
/// YAML::Exception for what cannot be read. (YAML::LoadAll() is no way to find it: it never returns from ",a: 1".)
std::optional<int> line_behind_document(const std::string& text);

/// The library's message for people, without what it quotes from the file: `password: *abc` would show a secret.
std::string without_content(const std::string& message);

}  // namespace qdc::settings
