#pragma once

#include "base/error.hpp"
#include "base/explained.hpp"
#include "net/certificate.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct ssl_ctx_st;
struct ssl_session_st;
struct ssl_st;
struct x509_store_ctx_st;

namespace qdc::net
{

/// How a client proves the peer, and itself.
struct tls_options
{
    std::filesystem::path ca_file;      ///< trust; empty: the system's store (SSL_CERT_FILE works)
    std::filesystem::path certificate;  ///< our own, PEM, with its chain if it has one; empty: none
    std::filesystem::path key;          ///< of our certificate, PEM, unencrypted
    bool check_hostname{true};
    std::optional<int> security_level;  ///< OpenSSL's, 0 to 5; nothing: its default
};

/// What stands in the files of a context.
struct tls_files
{
    std::vector<certificate_facts> trusted;  ///< empty for the system's store
    std::vector<certificate_facts> own;      ///< with its chain
};

/// What all connections to one peer share: trust, identity, ciphers. TLS 1.2 at least, the peer is always verified.
class tls_context
{
public:
    /// Loads everything; never null. The error says which file cannot be used and what OpenSSL said of it.
    static explained<std::shared_ptr<tls_context>> make(const tls_options& options);

    /// Looks, at most once a second, whether a file has changed (symbolic links are followed) and reads them again.
    /// What cannot be used, as a certificate whose key is not there yet, leaves all as it was. Called before each
    /// connection.
    void refresh();

    /// Why files that have changed are not in use; empty when they are.
    const std::string& unusable() const noexcept { return unusable_; }

    /// What stands in the files that are in use.
    const tls_files& files() const noexcept { return files_; }

    /// The certificates that proved the peer, its own first and the trusted one last; empty before the first full
    /// handshake.
    const std::vector<certificate_facts>& peer_chain() const noexcept { return peer_chain_; }

    /// Of the last verification that failed: whose certificate is missing or wrong, where that is not the peer's own.
    std::string take_culprit();

    /// For SSL_new(); valid until refresh() has read new files. A connection keeps a reference of its own to it.
    ssl_ctx_st* native() const noexcept { return native_.get(); }

    /// Whether a certificate has to name the host, or its address.
    bool checks_hostname() const noexcept { return options_.check_hostname; }

    /// Lets the handshake that `ssl` is about to make resume the last session with `host` (RFC 8446, section 2.2):
    /// without certificates and signatures, which are most of its cost. A session is used once; the handshake brings
    /// the next. Returns whether there was one.
    bool offer_session(ssl_st* ssl, const std::string& host);

    /// A handshake with an offered session failed: no more are offered. (An OpenSSL server that asks for client
    /// certificates without a session id context gives out sessions, and refuses each of them.)
    void stop_resuming() noexcept { resumes_ = false; }

    /// Whether sessions are still offered.
    bool resumes() const noexcept { return resumes_; }

private:
    struct session_deleter
    {
        void operator()(ssl_session_st* session) const noexcept;
    };

    /// OpenSSL's call when the peer has given a session.
    static int keep_session(ssl_st* ssl, ssl_session_st* session);

    struct deleter
    {
        void operator()(ssl_ctx_st* context) const noexcept;
    };

    explicit tls_context(tls_options options) : options_(std::move(options)) {}

    explained<void> load();

    /// OpenSSL's call for each certificate of the peer's chain, from the trusted one down.
    static int note_verdict(int good, x509_store_ctx_st* verification);

    tls_options options_;

    std::unique_ptr<ssl_ctx_st, deleter> native_;
    tls_files files_;
    std::string stamp_;     ///< of the files when they were read last
    std::string unusable_;  ///< why they could not be used then
    std::chrono::steady_clock::time_point looked_{};
    std::vector<certificate_facts> peer_chain_;
    std::string culprit_;
    bool resumes_{true};
    std::unique_ptr<ssl_session_st, session_deleter> session_;
    std::string session_host_;  ///< whom the certificate of that session was checked for
};

/// What OpenSSL had to say, for a message about a file. Its queue is emptied.
std::string drained_tls_errors();

/// The error on top of OpenSSL's queue, which is emptied. For a failed verification see verification_error().
error_code last_tls_error();

/// Whether the peer has refused us with an alert of TLS: mostly our certificate.
bool is_tls_alert(const error_code& failure);

/// What helps against such an alert, behind the name of the configured certificate.
inline constexpr std::string_view certificate_advice =
    " has to be a certificate of the Devo domain behind this address; it may be revoked or of another region";

/// Why a certificate was not accepted; `code` is an X509_V_ERR of OpenSSL.
error_code verification_error(long code);

}  // namespace qdc::net
