#include "sandbox/digest.hpp"

#include <openssl/evp.h>

#include <cstring>
#include <stdexcept>

namespace qdc::sandbox
{

void hasher::context_free::operator()(evp_md_ctx_st* context) const noexcept
{
    EVP_MD_CTX_free(context);
}

void hasher::digest_free::operator()(evp_md_st* digest) const noexcept
{
    EVP_MD_free(digest);
}

hasher::hasher() : digest_(EVP_MD_fetch(nullptr, "SHA2-256", nullptr)), context_(EVP_MD_CTX_new())
{
    if (digest_ == nullptr || context_ == nullptr)
        throw std::runtime_error("OpenSSL has no SHA-256");
}

hasher::~hasher() = default;
hasher::hasher(hasher&&) noexcept = default;
hasher& hasher::operator=(hasher&&) noexcept = default;

fingerprint hasher::operator()(std::string_view bytes)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    if (EVP_DigestInit_ex2(context_.get(), digest_.get(), nullptr) != 1 ||
        EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1 ||
        EVP_DigestFinal_ex(context_.get(), out.data(), nullptr) != 1)
        throw std::runtime_error("SHA-256 failed");
    fingerprint print;
    std::memcpy(print.words.data(), out.data(), sizeof print.words);
    return print;
}

}  // namespace qdc::sandbox
