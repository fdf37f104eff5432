#pragma once

#include <chrono>
#include <memory>
#include <string>

struct evp_pkey_st;
struct x509_st;

namespace qdc::test
{

/// A key and its certificate, both PEM.
struct identity
{
    std::string certificate;
    std::string key;
};

/// What an authority shall write into a certificate.
struct certificate_wish
{
    std::string name{"localhost"};
    std::string alternative_names{"DNS:localhost,IP:127.0.0.1"};  ///< as openssl.cnf spells them
    std::chrono::seconds valid_from{-3600};                       ///< from now
    std::chrono::seconds valid_to{3600};
};

/// A throw-away certificate authority (P-256), made at run time: no private key in the repository, nothing that expires.
class test_authority
{
public:
    explicit test_authority(const std::string& name);

    const std::string& certificate() const noexcept { return certificate_pem_; }

    identity issue(const certificate_wish& wish = {}) const;

private:
    struct freed
    {
        void operator()(evp_pkey_st* key) const noexcept;
        void operator()(x509_st* certificate) const noexcept;
    };

    std::unique_ptr<evp_pkey_st, freed> key_;
    std::unique_ptr<x509_st, freed> own_;
    std::string certificate_pem_;
};

/// The same key behind a pass phrase.
std::string encrypted_key(const std::string& key_pem, const std::string& phrase);

}  // namespace qdc::test
