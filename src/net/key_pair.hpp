#pragma once

#include "base/utc.hpp"
#include "net/certificate.hpp"

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct evp_pkey_st;
struct x509_st;

namespace qdc::net
{

// How `validate` and `run` read certificates and keys: both through these two functions, so that neither takes what the
// other refuses.
//
//     const auto pair = net::read_key_pair(output.certificate, output.key);
//     if (!pair)
//         report.error(pair.error().file, pair.error().text, pair.error().fix);
//     else if (const auto* late = net::first_expired(pair->facts, now))
//         report.warning(output.certificate, late->subject + " expired at " + utc_seconds(late->not_after));

/// What is wrong with a file of certificates or keys.
enum class file_fault
{
    unreadable,       ///< missing, forbidden, a directory, larger than a megabyte
    empty,            ///< nothing in it
    not_pem,          ///< DER, PKCS #12, or something else
    damaged,          ///< a part of it is cut or changed, or two parts share a line
    exchanged,        ///< a key where a certificate is due, or the other way round
    nothing_useful,   ///< PEM, but without what is due
    pass_phrase,      ///< the key is encrypted
    other_pair,       ///< the key is not the certificate's
    authority_first,  ///< the key's certificate is in the file, behind another one
};

struct file_problem
{
    file_fault fault;
    std::filesystem::path file;
    std::string
        text;         ///< a sentence that names the file: "the key /c/k.pem cannot be used: it is behind a pass phrase"
    std::string fix;  ///< what helps: "openssl pkey -in /c/k.pem -out NEW.pem writes it without"
};

template <class T>
using file_result = boost::system::result<T, file_problem>;

/// Our own certificate, what vouches for it, and its key.
struct key_pair
{
    std::vector<std::shared_ptr<x509_st>> chain;  ///< ours first
    std::shared_ptr<evp_pkey_st> key;
    std::vector<certificate_facts> facts;  ///< of `chain`: all of it is shown to the peer, so all of it has to be valid
};

/// Reads a certificate with its chain, and its key; they may be one file. Dates are not looked at.
[[nodiscard]] file_result<key_pair>
read_key_pair(const std::filesystem::path& certificate, const std::filesystem::path& key);

/// Certificates that are trusted.
struct trust
{
    std::vector<std::shared_ptr<x509_st>> certificates;
    std::vector<certificate_facts> facts;
};

/// Reads a file of trusted certificates (`chain`, `ca_file`); keys in it are passed over.
[[nodiscard]] file_result<trust> read_trust(const std::filesystem::path& file);

/// Of the certificates of a `cert` file those that the peer needs: ours, the first, and the issuers between it and a root.
/// A root, and what stands there besides, may end without harm.
std::vector<certificate_facts> own_chain(const std::vector<certificate_facts>& shown);

/// The one that expired first, or nothing.
const certificate_facts* first_expired(const std::vector<certificate_facts>& all, utc_time now);

/// One certificate of a trust file is used at a time: the file is good as long as its best one. Older ones beside it,
/// which nobody needs any more, do no harm. Nothing for an empty list.
const certificate_facts* last_to_expire(const std::vector<certificate_facts>& all);

/// Of trusted certificates, at least one, those that a peer's chain ends in or goes through; when there are none, or nothing
/// was shown yet, the last to expire.
std::vector<certificate_facts>
trust_in_use(const std::vector<certificate_facts>& trusted, const std::vector<certificate_facts>& shown);

}  // namespace qdc::net
