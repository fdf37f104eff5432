#include "net/certificate.hpp"

#include "net/tls_context.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <ctime>
#include <memory>

namespace qdc::net
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

using owned_bio = std::unique_ptr<BIO, freed_by<::BIO_free_all>>;
using owned_certificate = std::unique_ptr<X509, freed_by<::X509_free>>;

std::string text_of(const X509_NAME* name)
{
    const owned_bio out(::BIO_new(::BIO_s_mem()));
    ::X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    char* text = nullptr;
    const auto size = ::BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

/// The year 9999, which means "never" (RFC 5280, section 4.1.2.5), does not fit into utc_time.
utc_time moment_of(const ASN1_TIME* at)
{
    std::tm parts{};
    ::ASN1_TIME_to_tm(at, &parts);
    const std::chrono::seconds since(::timegm(&parts));
    constexpr auto least = std::chrono::ceil<std::chrono::seconds>(utc_time::min().time_since_epoch());
    constexpr auto most = std::chrono::floor<std::chrono::seconds>(utc_time::max().time_since_epoch());
    return utc_time(std::clamp(since, least, most));
}

}  // namespace

certificate_facts facts_of(const x509_st& certificate)
{
    certificate_facts facts;
    facts.subject = text_of(::X509_get_subject_name(&certificate));
    facts.issuer = text_of(::X509_get_issuer_name(&certificate));
    facts.not_before = moment_of(::X509_get0_notBefore(&certificate));
    facts.not_after = moment_of(::X509_get0_notAfter(&certificate));
    return facts;
}

std::vector<certificate_facts> read_certificates(const std::filesystem::path& pem, std::string& why)
{
    ::ERR_clear_error();  // what stands there is not about this file
    std::vector<certificate_facts> all;
    const owned_bio in(::BIO_new_file(pem.c_str(), "r"));
    while (in != nullptr)
    {
        const owned_certificate next(::PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
        if (next == nullptr)
            break;
        all.push_back(facts_of(*next));
    }
    // The end of a good file reads as a missing start line.
    const bool at_end = !all.empty() && ERR_GET_REASON(::ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    const auto reason = drained_tls_errors();
    if (at_end)
        return all;
    why = "the certificates in " + pem.string() + " cannot be read: " + reason;
    return {};
}

}  // namespace qdc::net
