#include "sandbox/pki.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>

namespace qdc::sandbox
{
namespace
{

namespace fs = std::filesystem;

template <auto Free>
struct freed_by
{
    template <class T>
    void operator()(T* object) const noexcept
    {
        Free(object);
    }
};

using key_handle = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using cert_handle = std::unique_ptr<X509, freed_by<X509_free>>;
using bio_handle = std::unique_ptr<BIO, freed_by<BIO_free_all>>;
using extension_handle = std::unique_ptr<X509_EXTENSION, freed_by<X509_EXTENSION_free>>;

struct identity
{
    key_handle key;
    cert_handle cert;
};

enum class role
{
    authority,
    server,
    client,
};

void must(bool good, const char* what)
{
    if (!good)
        throw std::runtime_error(std::string("OpenSSL: ") + what + " failed");
}

void extend(X509* cert, X509* issuer, int what, const char* value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, cert, nullptr, nullptr, 0);
    const extension_handle extension(X509V3_EXT_conf_nid(nullptr, &context, what, value));
    must(extension != nullptr && X509_add_ext(cert, extension.get(), -1) == 1, "certificate extension");
}

void set_times(X509* cert)
{
    constexpr long day = 86400;
    constexpr long year = 366 * day;
    X509_gmtime_adj(X509_getm_notBefore(cert), -day);  // a collector whose clock is hours behind accepts it
    X509_gmtime_adj(X509_getm_notAfter(cert), year);
}

/// A key and a certificate signed by `issuer`, or by itself when there is none.
identity make_identity(const char* name, role as, const identity* issuer, const std::string& key_type)
{
    identity made;
    made.key.reset(key_type == "rsa" ? EVP_RSA_gen(2048U) : EVP_EC_gen("P-256"));
    made.cert.reset(X509_new());
    must(made.key != nullptr && made.cert != nullptr, "key generation");
    auto* const cert = made.cert.get();
    auto* const issuer_cert = issuer == nullptr ? cert : issuer->cert.get();
    X509_set_version(cert, 2);  // version 3
    std::array<unsigned char, 8> serial{};
    must(RAND_bytes(serial.data(), static_cast<int>(serial.size())) == 1, "RAND_bytes");
    serial[0] &= 0x7f;
    const std::unique_ptr<BIGNUM, freed_by<BN_free>> number(
        BN_bin2bn(serial.data(), static_cast<int>(serial.size()), nullptr)
    );
    BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(cert));
    set_times(cert);
    X509_set_pubkey(cert, made.key.get());
    auto* const subject = X509_get_subject_name(cert);
    const auto* const bytes = reinterpret_cast<const unsigned char*>(name);
    must(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, bytes, -1, -1, 0) == 1, "subject");
    X509_set_issuer_name(cert, X509_get_subject_name(issuer_cert));
    extend(cert, issuer_cert, NID_basic_constraints, as == role::authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    extend(cert, issuer_cert, NID_subject_key_identifier, "hash");
    if (as == role::authority)
        extend(cert, issuer_cert, NID_key_usage, "critical,keyCertSign,cRLSign");
    if (as == role::server)
        extend(cert, issuer_cert, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1");
    if (as != role::authority)
        extend(cert, issuer_cert, NID_ext_key_usage, as == role::server ? "serverAuth" : "clientAuth");
    auto* const signing_key = issuer == nullptr ? made.key.get() : issuer->key.get();
    must(X509_sign(cert, signing_key, EVP_sha256()) != 0, "signing");
    return made;
}

void write_file(const fs::path& path, BIO* from)
{
    char* data = nullptr;
    const long size = BIO_get_mem_data(from, &data);
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file.write(data, size);
    file.close();
    if (!file)
        throw std::runtime_error("cannot write " + path.string());
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
}

void write_certificate(const fs::path& path, const identity& from)
{
    const bio_handle out(BIO_new(BIO_s_mem()));
    must(PEM_write_bio_X509(out.get(), from.cert.get()) == 1, "PEM");
    write_file(path, out.get());
}

void write_pair(const fs::path& stem, const identity& from)
{
    write_certificate(fs::path(stem).concat(".crt"), from);
    const bio_handle out(BIO_new(BIO_s_mem()));
    must(PEM_write_bio_PrivateKey(out.get(), from.key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1, "PEM");
    write_file(fs::path(stem).concat(".key"), out.get());
}

void make_all(const fs::path& certs, const fs::path& pki, const std::string& key_type)
{
    const auto qualys_ca = make_identity("Sandbox Qualys CA", role::authority, nullptr, key_type);
    const auto devo_ca = make_identity("Sandbox Devo CA", role::authority, nullptr, key_type);
    const auto other_ca = make_identity("Unknown CA", role::authority, nullptr, key_type);
    write_certificate(certs / "qualys-ca.crt", qualys_ca);
    write_certificate(certs / "chain.crt", devo_ca);
    write_pair(certs / "domain", make_identity("sandbox-domain", role::client, &devo_ca, key_type));
    write_pair(certs / "stranger", make_identity("stranger", role::client, &other_ca, key_type));
    write_pair(pki / "qualys", make_identity("localhost", role::server, &qualys_ca, key_type));
    write_pair(pki / "devo", make_identity("localhost", role::server, &devo_ca, key_type));
}

}  // namespace

certificates ensure_certificates(const std::string& directory, const std::string& key_type)
{
    if (key_type != "ec" && key_type != "rsa")
        throw std::runtime_error("key_type: neither ec nor rsa");
    const auto certs = fs::path(directory) / "certs";
    const auto pki = fs::path(directory) / "pki";
    fs::create_directories(certs);
    fs::create_directories(pki);
    const std::array needed{
        certs / "qualys-ca.crt",
        certs / "chain.crt",
        certs / "domain.crt",
        certs / "domain.key",
        pki / "qualys.crt",
        pki / "qualys.key",
        pki / "devo.crt",
        pki / "devo.key",
    };
    const auto there = [](const fs::path& path) { return fs::exists(path); };
    if (!std::all_of(needed.begin(), needed.end(), there))
        make_all(certs, pki, key_type);
    return {
        .qualys = {.certificate = pki / "qualys.crt", .key = pki / "qualys.key", .client_ca = {}},
        .devo = {.certificate = pki / "devo.crt", .key = pki / "devo.key", .client_ca = certs / "chain.crt"},
    };
}

}  // namespace qdc::sandbox
