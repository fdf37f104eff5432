#pragma once
// Private to net/: what OpenSSL reads from and writes to instead of a socket.

#include <openssl/bio.h>

#include <span>
#include <vector>

namespace qdc::net
{

/// Ciphertext on its way between OpenSSL and the socket.
struct cipher_text
{
    std::span<const char> received;  ///< OpenSSL takes from its front
    std::vector<char> to_send;       ///< OpenSSL adds to its end
};

/// A BIO over `text`, which outlives it. The caller owns it until SSL_set_bio(). OpenSSL's own BIO in memory would copy
/// each byte once more, and fill its buffer with zeros before (four passes over the data, counted by callgrind).
BIO* make_cipher_bio(cipher_text& text);

}  // namespace qdc::net
