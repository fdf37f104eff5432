#pragma once

#include "settings/section.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace qdc::settings
{

/// Why a file cannot be used ("does not exist", "is a directory", "cannot be read: …"), or "".
std::string why_unreadable(const std::filesystem::path& file);

/// The complete file, at most `limit_bytes`. Nothing: it cannot be read or is larger; why_unreadable() and the size say
/// why.
std::optional<std::string> read_file(const std::filesystem::path& file, std::size_t limit_bytes);

/// Anybody on the machine may read it.
bool world_readable(const std::filesystem::path& file);

/// Looks up the file that `key` names: a name without a slash stands in `home`, a relative path in the working
/// directory or else in the parent of `home`. Absolute when found. A file that cannot be read is reported with the way
/// out.
std::filesystem::path look_up(const section& section, std::string_view key, const std::filesystem::path& home);

/// Whether the program runs in a container, where files are mounted and chmod does not help.
bool in_container();

/// What is wrong with a secret, in words that do not show it: empty, several lines, control characters. Empty: nothing.
std::string secret_fault(std::string_view text);

/// Warns of blanks around a secret, which are part of it.
void check_outer_blanks(const section& section, std::string_view key, std::string_view text);

/// Warns of a secret out of a file that does not look like one: a placeholder, or a typographic quote at an end.
void check_file_secret(const section& section, std::string_view key, std::string_view text);

/// The secret that a file holds alone: without a byte order mark, without line breaks at its end.
std::string bare_secret(std::string text);

/// The secret in the file that `key` names, as look_up() finds it; `home` as there. Empty after a (reported) failure.
std::string read_secret(const section& section, std::string_view key, const std::filesystem::path& home);

}  // namespace qdc::settings
