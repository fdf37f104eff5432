#pragma once

#include "base/secret.hpp"

#include <string_view>

namespace qdc
{

/// Value of the Authorization and Proxy-Authorization headers (RFC 7617): standard base64 of UTF-8 `user:password`.
secret basic_authorization(std::string_view user, const secret& password);

}  // namespace qdc
