#include "base/basic_authorization.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <utility>

namespace qdc
{

secret basic_authorization(std::string_view user, const secret& password)
{
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    // "user:pw" in groups of three bytes: "use" -> dXNl, "r:p" -> cjpw, "w" -> dw==
    // Three bytes are four letters of six bits each; where bytes are missing at the end, "=" fills up.
    const std::string plain = std::string(user) + ':' + password.reveal();
    std::string out = "Basic ";
    for (std::size_t at = 0; at < plain.size(); at += 3)
    {
        std::array<unsigned, 3> bytes{};
        const auto count = std::min<std::size_t>(3, plain.size() - at);
        for (std::size_t i = 0; i < count; ++i)
            bytes[i] = static_cast<unsigned char>(plain[at + i]);
        const unsigned group = bytes[0] << 16 | bytes[1] << 8 | bytes[2];
        for (std::size_t i = 0; i < 4; ++i)
            out += i <= count ? alphabet[group >> (18 - 6 * i) & 63] : '=';
    }
    return secret(std::move(out));
}

}  // namespace qdc
