#include "net/tls_context.hpp"

#include "net/key_pair.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <cstdint>
#include <utility>

#include <sys/stat.h>

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

/// What OpenSSL calls one entry of its error queue, in words.
std::string reason_of(unsigned long code)
{
    if (ERR_SYSTEM_ERROR(code))
        return boost::system::system_category().message(ERR_GET_REASON(code));
    const auto* const reason = ::ERR_reason_error_string(code);
    return reason != nullptr ? std::string(reason) : "error " + std::to_string(code);
}

/// Trust and identity of a context.
explained<void> load_trust(SSL_CTX* context, const tls_options& options, tls_files& files)
{
    // Without a file the system's store is the trust (SSL_CERT_FILE works).
    if (options.ca_file.empty())
    {
        if (::SSL_CTX_set_default_verify_paths(context) == 1)
            return {};
        return "the system's trusted certificates cannot be used: " + drained_tls_errors();
    }
    auto trusted = read_trust(options.ca_file);
    if (!trusted)
        return trusted.error().text;
    for (const auto& each : trusted->certificates)
        ::X509_STORE_add_cert(::SSL_CTX_get_cert_store(context), each.get());
    files.trusted = std::move(trusted->facts);
    return {};
}

/// Our own certificate with its chain and key, where one is configured.
explained<void> load_identity(SSL_CTX* context, const tls_options& options, tls_files& files)
{
    if (options.certificate.empty())
        return {};
    auto pair = read_key_pair(options.certificate, options.key);
    if (!pair)
        return pair.error().text;
    // A list without ownership: the certificates of the chain are those of `pair`.
    const std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)> behind(
        sk_X509_new_null(), [](STACK_OF(X509) * owned) { sk_X509_free(owned); }
    );
    // Our own stands first in the file; what is behind it goes along to the peer.
    for (std::size_t i = 1; i < pair->chain.size(); ++i)
        sk_X509_push(behind.get(), pair->chain[i].get());
    // OpenSSL takes references of its own. It may still find a key too short for the security level.
    if (::SSL_CTX_use_cert_and_key(context, pair->chain.front().get(), pair->key.get(), behind.get(), 1) != 1)
        return "the certificate " + options.certificate.string() + " cannot be used: " + drained_tls_errors();
    files.own = std::move(pair->facts);
    return {};
}

/// What stands behind the paths now, symbolic links followed.
std::string stamp_of(const tls_options& options)
{
    std::string all;
    for (const auto* file : {&options.ca_file, &options.certificate, &options.key})
    {
        struct stat facts
        {
        };

        // A missing file has a stamp too, of zeros, so that its coming shows.
        if (file->empty() || ::stat(file->c_str(), &facts) != 0)
            facts = {};
        for (const auto number :
             {static_cast<std::int64_t>(facts.st_dev),
              static_cast<std::int64_t>(facts.st_ino),
              static_cast<std::int64_t>(facts.st_size),
              static_cast<std::int64_t>(facts.st_mtim.tv_sec),
              static_cast<std::int64_t>(facts.st_mtim.tv_nsec)})
            all += std::to_string(number) + ' ';
    }
    return all;
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
    // OpenSSL's callbacks find their context by this.
    SSL_set_app_data(ssl, this);
    // Taken out: a session is used once, whatever becomes of the handshake.
    const auto session = std::exchange(session_, nullptr);
    // It was checked for that host's name alone.
    const bool offered =
        resumes_ && session != nullptr && host == session_host_ && ::SSL_set_session(ssl, session.get()) == 1;
    session_host_ = host;
    return offered;
}

int tls_context::keep_session(ssl_st* ssl, ssl_session_st* session)
{
    auto& context = *static_cast<tls_context*>(SSL_get_app_data(ssl));
    if (::SSL_get_SSL_CTX(ssl) != context.native_.get())
        return 0;  // of an identity that has been renewed since
    context.session_.reset(session);
    return 1;  // it is ours now
}

int tls_context::note_verdict(int good, x509_store_ctx_st* verification)
{
    auto* const ssl =
        static_cast<SSL*>(::X509_STORE_CTX_get_ex_data(verification, ::SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto& context = *static_cast<tls_context*>(SSL_get_app_data(ssl));
    const int depth = ::X509_STORE_CTX_get_error_depth(verification);
    // The leaf comes last, and good only when the whole chain is: it is noted for peer_chain().
    if (good == 1 && depth == 0)
    {
        context.peer_chain_.clear();
        auto* const chain = ::X509_STORE_CTX_get0_chain(verification);
        for (int i = 0; i < sk_X509_num(chain); ++i)
            context.peer_chain_.push_back(facts_of(*sk_X509_value(chain, i)));
    }
    // Of a failure the certificate is noted at which it happened; a missing issuer is named instead of its child.
    const auto* const culprit = ::X509_STORE_CTX_get_current_cert(verification);
    if (good == 1 || culprit == nullptr)
        return good;
    const auto facts = facts_of(*culprit);
    const int code = ::X509_STORE_CTX_get_error(verification);
    if (code == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY || code == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT)
        context.culprit_ = facts.issuer + " is not among the trusted certificates";
    else
        context.culprit_ = depth == 0 ? "" : facts.subject;
    return good;
}

explained<std::shared_ptr<tls_context>> tls_context::make(const tls_options& options)
{
    std::shared_ptr<tls_context> made(new tls_context(options));
    const auto loaded = made->load();
    if (!loaded)
        return loaded.error();
    return made;
}

explained<void> tls_context::load()
{
    ::ERR_clear_error();  // what stands there is not about these files
    // Before the files are read: what changes meanwhile is read again.
    stamp_ = stamp_of(options_);
    looked_ = std::chrono::steady_clock::now();
    decltype(native_) made(::SSL_CTX_new(::TLS_client_method()));
    auto* const context = made.get();
    if (context == nullptr)
        return "no TLS context: " + drained_tls_errors();
    // What every connection of this context shares.
    ::SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    ::SSL_CTX_set_verify(context, SSL_VERIFY_PEER, note_verdict);
    if (options_.security_level)
        ::SSL_CTX_set_security_level(context, *options_.security_level);
    // AES-128 first: a quarter less work than AES-256 for the same promise. What the peer prefers still counts.
    ::SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256");
    // Sessions are kept by keep_session(), not by OpenSSL: one is enough, and it belongs to one host.
    ::SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    ::SSL_CTX_sess_set_new_cb(context, keep_session);
    // Trust and identity come last: an error there leaves the old context in use.
    tls_files files;
    if (const auto trust = load_trust(context, options_, files); !trust)
        return trust;
    if (const auto identity = load_identity(context, options_, files); !identity)
        return identity;
    // Connections that are open keep what they began with.
    native_ = std::move(made);
    files_ = std::move(files);
    session_.reset();
    return {};
}

void tls_context::refresh()
{
    constexpr auto pause = std::chrono::seconds(1);
    const auto now = std::chrono::steady_clock::now();
    // More than once a second would only cost time: each connection asks.
    if (now - looked_ < pause)
        return;
    looked_ = now;
    // Unchanged, and in use: nothing to read. What could not be used is tried again each time.
    if (stamp_of(options_) == stamp_ && unusable_.empty())
        return;
    // A pair that is half written does not fit together: the old one goes on, and the next call looks again.
    const auto renewed = load();
    unusable_ = renewed ? std::string() : renewed.error();
}

std::string tls_context::take_culprit()
{
    return std::exchange(culprit_, {});
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
