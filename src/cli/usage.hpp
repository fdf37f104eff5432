#pragma once

#include <CLI/CLI.hpp>

#include <memory>
#include <string>

namespace qdc::cli
{

/// The heading of the options that every verb takes. They belong to the root; the help of each verb shows them too.
inline constexpr const char* common_group = "Options of every verb";

/// Makes the text of --help: CLI11's own, with the common options below those of each verb.
std::shared_ptr<CLI::Formatter> make_help_formatter();

/// What is wrong with the arguments, with the word that was probably meant. `root` has tried to parse them.
std::string usage_fault(const CLI::App& root, const CLI::ParseError& failure);

}  // namespace qdc::cli
