#pragma once

#include <string>
#include <string_view>

namespace qdc::state
{

/// SHA-256 of `text` in lower-case hexadecimal digits.
std::string sha256_hex(std::string_view text);

/// MD5 of `text` in lower-case hexadecimal digits: only for the file names of the official collector. Throws
/// std::runtime_error where OpenSSL is configured to refuse it.
std::string md5_hex(std::string_view text);

}  // namespace qdc::state
