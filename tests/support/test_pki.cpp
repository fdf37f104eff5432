#include "support/test_pki.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdexcept>
#include <string_view>

namespace qdc::test
{
namespace
{

template <auto Free>
struct freed_by
{
    template <class T>
    void operator()(T* owned) const noexcept
    {
        Free(owned);
    }
};

using owned_bio = std::unique_ptr<BIO, freed_by<BIO_free_all>>;
using owned_key = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using owned_certificate = std::unique_ptr<X509, freed_by<X509_free>>;
using owned_extension = std::unique_ptr<X509_EXTENSION, freed_by<X509_EXTENSION_free>>;

void must(bool good, const char* what)
{
    if (!good)
        throw std::runtime_error(std::string("test_pki: ") + what);
}

owned_bio memory()
{
    owned_bio made(::BIO_new(::BIO_s_mem()));
    must(made != nullptr, "BIO_new");
    return made;
}

std::string content(BIO* bio)
{
    char* text = nullptr;
    const long size = ::BIO_get_mem_data(bio, &text);
    return {text, static_cast<std::size_t>(size)};
}

std::string pem(X509* certificate)
{
    const auto out = memory();
    must(::PEM_write_bio_X509(out.get(), certificate) == 1, "write certificate");
    return content(out.get());
}

std::string pem(EVP_PKEY* key)
{
    const auto out = memory();
    must(::PEM_write_bio_PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1, "write key");
    return content(out.get());
}

void add_extension(X509* certificate, int nid, const std::string& value)
{
    const owned_extension made(::X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str()));
    must(made != nullptr, "extension");
    ::X509_add_ext(certificate, made.get(), -1);
}

/// Everything but issuer, extensions and signature.
owned_certificate blank(const certificate_wish& wish, EVP_PKEY* key)
{
    static long serial = 0;
    owned_certificate made(::X509_new());
    auto* const raw = made.get();
    ::X509_set_version(raw, 2);
    ::ASN1_INTEGER_set(::X509_get_serialNumber(raw), ++serial);
    ::X509_gmtime_adj(::X509_getm_notBefore(raw), static_cast<long>(wish.valid_from.count()));
    ::X509_gmtime_adj(::X509_getm_notAfter(raw), static_cast<long>(wish.valid_to.count()));
    ::X509_set_pubkey(raw, key);
    const auto* const name = reinterpret_cast<const unsigned char*>(wish.name.c_str());
    ::X509_NAME_add_entry_by_txt(::X509_get_subject_name(raw), "CN", MBSTRING_ASC, name, -1, -1, 0);
    return made;
}

}  // namespace

void test_authority::freed::operator()(evp_pkey_st* key) const noexcept
{
    ::EVP_PKEY_free(key);
}

void test_authority::freed::operator()(x509_st* certificate) const noexcept
{
    ::X509_free(certificate);
}

test_authority::test_authority(const std::string& name) : key_(EVP_EC_gen("P-256"))
{
    must(key_ != nullptr, "key");
    certificate_wish wish;
    wish.name = name;
    own_.reset(blank(wish, key_.get()).release());
    ::X509_set_issuer_name(own_.get(), ::X509_get_subject_name(own_.get()));
    add_extension(own_.get(), NID_basic_constraints, "critical,CA:TRUE");
    must(::X509_sign(own_.get(), key_.get(), ::EVP_sha256()) != 0, "sign");
    certificate_pem_ = pem(own_.get());
}

identity test_authority::issue(const certificate_wish& wish) const
{
    const owned_key key(EVP_EC_gen("P-256"));
    must(key != nullptr, "key");
    const auto made = blank(wish, key.get());
    ::X509_set_issuer_name(made.get(), ::X509_get_subject_name(own_.get()));
    if (!wish.alternative_names.empty())
        add_extension(made.get(), NID_subject_alt_name, wish.alternative_names);
    must(::X509_sign(made.get(), key_.get(), ::EVP_sha256()) != 0, "sign");
    return {pem(made.get()), pem(key.get())};
}

std::string encrypted_key(const std::string& key_pem, const std::string& phrase)
{
    const owned_bio in(::BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())));
    const owned_key key(::PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
    must(key != nullptr, "read key");
    const auto out = memory();
    const auto* const words = reinterpret_cast<const unsigned char*>(phrase.data());
    const int length = static_cast<int>(phrase.size());
    must(
        ::PEM_write_bio_PrivateKey(out.get(), key.get(), ::EVP_aes_128_cbc(), words, length, nullptr, nullptr) == 1,
        "write encrypted key"
    );
    return content(out.get());
}

}  // namespace qdc::test
