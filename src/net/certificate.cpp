#include "net/certificate.hpp"

#include <openssl/bio.h>
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

/// A name as RFC 2253 writes it, with bytes beyond ASCII as they are: a UTF-8 name stays readable.
std::string text_of(const X509_NAME* name)
{
    const owned_bio out(::BIO_new(::BIO_s_mem()));
    ::X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    char* text = nullptr;
    const auto size = ::BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

/// The year 9999, which means "never" (RFC 5280, section 4.1.2.5), does not fit into utc_time.
utc_time moment_of(const ASN1_TIME* time)
{
    std::tm parts{};
    ::ASN1_TIME_to_tm(time, &parts);
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

}  // namespace qdc::net
