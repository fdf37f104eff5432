#pragma once

#include "sandbox/options.hpp"

#include <string>

namespace qdc::sandbox
{

/// The collector's configuration for this sandbox, in the official layout of config.yaml.
std::string collector_config(const options& from, unsigned short qualys_port, unsigned short devo_port);

/// Makes DIR/config/config.yaml and DIR/state. Throws std::runtime_error.
void write_collector_config(const options& from, unsigned short qualys_port, unsigned short devo_port);

/// Writes a file as a whole or not at all, readable by its owner only. Throws std::runtime_error.
void write_whole_file(const std::string& path, const std::string& text);

}  // namespace qdc::sandbox
