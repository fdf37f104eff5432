#include "net/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <utility>

namespace qdc::net
{
namespace
{

class tls_category final : public boost::system::error_category
{
public:
    const char* name() const noexcept override { return "tls"; }

    std::string message(int value) const override
    {
        const auto* const reason = ::ERR_reason_error_string(static_cast<unsigned long>(value));
        return "TLS: " + (reason != nullptr ? std::string(reason) : "error " + std::to_string(value));
    }
};

class verification_category final : public boost::system::error_category
{
public:
    const char* name() const noexcept override { return "certificate"; }

    std::string message(int value) const override
    {
        return std::string("the peer's certificate is not accepted: ") + ::X509_verify_cert_error_string(value);
    }
};

std::string reason_of(unsigned long code)
{
    if (ERR_SYSTEM_ERROR(code))
        return boost::system::system_category().message(ERR_GET_REASON(code));
    const auto* const reason = ::ERR_reason_error_string(code);
    return reason != nullptr ? std::string(reason) : "error " + std::to_string(code);
}

/// Notes that a key wants a pass phrase. OpenSSL's own way would be to ask at the terminal, and to wait there.
int no_pass_phrase(char*, int, int, void* wanted)
{
    *static_cast<bool*>(wanted) = true;
    return -1;
}

bool load_trust(SSL_CTX* context, const tls_options& options, std::string& why)
{
    const bool loaded = options.ca_file.empty() ? ::SSL_CTX_set_default_verify_paths(context) == 1
                                                : ::SSL_CTX_load_verify_file(context, options.ca_file.c_str()) == 1;
    if (!loaded)
        why = "the trusted certificates in " + options.ca_file.string() + " cannot be used: " + drained_tls_errors();
    return loaded;
}

bool load_identity(SSL_CTX* context, const tls_options& options, std::string& why)
{
    if (options.certificate.empty())
        return true;
    if (::SSL_CTX_use_certificate_chain_file(context, options.certificate.c_str()) != 1)
    {
        why = "the certificate " + options.certificate.string() + " cannot be used: " + drained_tls_errors();
        return false;
    }
    bool wants_pass_phrase = false;
    ::SSL_CTX_set_default_passwd_cb(context, no_pass_phrase);
    ::SSL_CTX_set_default_passwd_cb_userdata(context, &wants_pass_phrase);
    const bool loaded = ::SSL_CTX_use_PrivateKey_file(context, options.key.c_str(), SSL_FILETYPE_PEM) == 1;
    ::SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
    if (!loaded)
    {
        const auto reason = drained_tls_errors();
        why = "the key " + options.key.string() + " cannot be used: ";
        why += wants_pass_phrase ? "it is behind a pass phrase, an unencrypted key is needed" : reason;
        return false;
    }
    if (::SSL_CTX_check_private_key(context) != 1)
    {
        why = "the key " + options.key.string() + " is not the key of " + options.certificate.string();
        return false;
    }
    return true;
}

}  // namespace

void tls_context::deleter::operator()(ssl_ctx_st* context) const noexcept
{
    ::SSL_CTX_free(context);
}

void tls_context::session_deleter::operator()(ssl_session_st* session) const noexcept
{
    ::SSL_SESSION_free(session);
}

bool tls_context::offer_session(ssl_st* ssl, const std::string& host)
{
    SSL_set_app_data(ssl, this);
    const auto session = std::exchange(session_, nullptr);
    const bool offered =
        resumes_ && session != nullptr && host == session_host_ && ::SSL_set_session(ssl, session.get()) == 1;
    session_host_ = host;
    return offered;
}

int tls_context::keep_session(ssl_st* ssl, ssl_session_st* session)
{
    auto& context = *static_cast<tls_context*>(SSL_get_app_data(ssl));
    context.session_.reset(session);
    return 1;  // it is ours now
}

std::shared_ptr<tls_context> tls_context::make(const tls_options& options, std::string& why)
{
    ::ERR_clear_error();  // what stands there is not about these files
    std::shared_ptr<tls_context> made(new tls_context);
    made->native_.reset(::SSL_CTX_new(::TLS_client_method()));
    made->check_hostname_ = options.check_hostname;
    auto* const context = made->native_.get();
    if (context == nullptr)
    {
        why = "no TLS context: " + drained_tls_errors();
        return nullptr;
    }
    ::SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    ::SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    if (options.security_level)
        ::SSL_CTX_set_security_level(context, *options.security_level);
    // AES-128 first: a quarter less work than AES-256 for the same promise. What the peer prefers still counts.
    ::SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256");
    ::SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    ::SSL_CTX_sess_set_new_cb(context, keep_session);
    if (!load_trust(context, options, why) || !load_identity(context, options, why))
        return nullptr;
    return made;
}

bool key_matches(const std::filesystem::path& certificate, const std::filesystem::path& key, std::string& why)
{
    ::ERR_clear_error();
    const std::unique_ptr<SSL_CTX, decltype(&::SSL_CTX_free)> context(
        ::SSL_CTX_new(::TLS_client_method()), &::SSL_CTX_free
    );
    tls_options options;
    options.certificate = certificate;
    options.key = key;
    return load_identity(context.get(), options, why);
}

std::string drained_tls_errors()
{
    std::string text;
    while (const auto code = ::ERR_get_error())
    {
        if (!text.empty())
            text += "; ";
        text += reason_of(code);
    }
    return text.empty() ? "unknown reason" : text;
}

const boost::system::error_category& openssl_category()
{
    static const tls_category category;
    return category;
}

error_code last_tls_error()
{
    const auto code = ::ERR_get_error();
    ::ERR_clear_error();
    if (code == 0)  // a failure must not read as success
        return boost::system::errc::make_error_code(boost::system::errc::protocol_error);
    if (ERR_SYSTEM_ERROR(code))
        return {ERR_GET_REASON(code), boost::system::system_category()};
    // The reason alone fits an int and is what ERR_reason_error_string needs; library bits are kept as they are.
    return {static_cast<int>(code & 0x7fffffffU), openssl_category()};
}

bool is_tls_alert(const error_code& failure)
{
    const int reason = ERR_GET_REASON(static_cast<unsigned long>(failure.value()));
    return failure.category() == openssl_category() && reason > SSL_AD_REASON_OFFSET;
}

error_code verification_error(long code)
{
    static const verification_category category;
    return {static_cast<int>(code), category};
}

}  // namespace qdc::net
