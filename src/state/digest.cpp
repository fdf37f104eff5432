#include "state/digest.hpp"

#include <openssl/evp.h>

#include <array>
#include <stdexcept>

namespace qdc::state
{
namespace
{

/// The digest of `text` by that algorithm, two hexadecimal digits for each byte.
std::string hex_digest(std::string_view text, const EVP_MD* algorithm)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), bytes.data(), &size, algorithm, nullptr) != 1)
        throw std::runtime_error("OpenSSL refuses to compute a digest");
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    hex.reserve(2 * std::size_t{size});
    for (unsigned i = 0; i < size; ++i)
    {
        hex += digits[bytes[i] >> 4];
        hex += digits[bytes[i] & 15];
    }
    return hex;
}

}  // namespace

std::string sha256_hex(std::string_view text)
{
    return hex_digest(text, EVP_sha256());
}

std::string md5_hex(std::string_view text)
{
    return hex_digest(text, EVP_md5());
}

}  // namespace qdc::state
