// From a file to a pair, each step with messages of its own that name the file and what helps:
//
//   content_of ─▶ parts_of ─▶ certificates_in ─┬─▶ key_pair, or mismatch() says what is wrong
//   content_of ─▶ parts_of ─▶ key_in ──────────┘

#include "net/key_pair.hpp"

#include "net/tls_context.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace qdc::net
{

namespace fs = std::filesystem;

namespace
{

// Far above any file of certificates; it keeps a wrong file out of the memory.
constexpr std::size_t most_bytes = 1 << 20;

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

/// One part of a PEM file.
struct part
{
    std::string name;  ///< "CERTIFICATE"
    bool encrypted{false};
    std::string der;

    bool is_certificate() const
    {
        return name == "CERTIFICATE" || name == "X509 CERTIFICATE" || name == "TRUSTED CERTIFICATE";
    }

    bool is_key() const { return name.ends_with("PRIVATE KEY"); }
};

enum class purpose
{
    certificate,
    key,
    trust,
};

/// What a message calls the file.
std::string title(purpose use, const fs::path& file)
{
    switch (use)
    {
        case purpose::certificate:
            return "the certificate " + file.string();
        case purpose::key:
            return "the key " + file.string();
        case purpose::trust:
            break;
    }
    return "the trusted certificates in " + file.string();
}

/// A problem whose message begins with what the file is for.
file_problem problem(file_fault fault, purpose use, const fs::path& file, const std::string& reason, std::string fix)
{
    return {fault, file, title(use, file) + " cannot be used: " + reason, std::move(fix)};
}

/// The complete file; a FIFO or a device is not waited for.
file_result<std::string> content_of(const fs::path& file, purpose use)
{
    const auto failed = [use, &file](int number)
    {
        const auto reason = std::system_category().message(number);
        return problem(file_fault::unreadable, use, file, reason, "name a file that the collector's user can read");
    };
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return failed(errno);
    const std::unique_ptr<const int, void (*)(const int*)> owned(&descriptor, [](const int* open) { ::close(*open); });

    struct stat facts
    {
    };

    // Looked at before reading, so that a directory or a device gets a clear message.
    if (::fstat(descriptor, &facts) != 0)
        return failed(errno);
    if (S_ISDIR(facts.st_mode))
        return failed(EISDIR);
    if (!S_ISREG(facts.st_mode))
        return failed(EINVAL);
    if (static_cast<std::size_t>(facts.st_size) > most_bytes)
        return failed(EFBIG);
    // One byte more than allowed shows a file that grew meanwhile.
    std::string content(most_bytes + 1, '\0');
    std::size_t size = 0;
    while (size < content.size())
    {
        const auto got = ::read(descriptor, content.data() + size, content.size() - size);
        if (got < 0 && errno != EINTR)
            return failed(errno);
        if (got == 0)
            break;
        size += got > 0 ? static_cast<std::size_t>(got) : 0;
    }
    content.resize(size);
    return content;
}

/// Whether DER of that type can be made of a file's content.
template <class T>
bool reads_as(const std::string& content, T* (*read)(T**, const unsigned char**, long), void (*free)(T*))
{
    const auto* position = reinterpret_cast<const unsigned char*>(content.data());
    T* const made = read(nullptr, &position, static_cast<long>(content.size()));
    free(made);
    ::ERR_clear_error();
    return made != nullptr;
}

/// What a file without any PEM is, and how it becomes PEM.
file_problem foreign(const std::string& content, purpose use, const fs::path& file)
{
    const auto name = file.string();
    // Tried in turn; where a command of OpenSSL turns the file into PEM, the problem names it.
    if (content.find_first_not_of(" \t\r\n") == std::string::npos)
        return problem(file_fault::empty, use, file, "it is empty", "copy it again");
    if (reads_as<X509>(content, ::d2i_X509, ::X509_free))
        return problem(
            file_fault::not_pem,
            use,
            file,
            "it is a certificate in DER, PEM is needed (no start line)",
            "openssl x509 -inform DER -in " + name + " -out NEW.pem"
        );
    if (reads_as<PKCS12>(content, ::d2i_PKCS12, ::PKCS12_free))
        return problem(
            file_fault::not_pem,
            use,
            file,
            "it is PKCS #12 (.p12, .pfx), PEM is needed (no start line)",
            "openssl pkcs12 -in " + name + " -nodes -out NEW.pem"
        );
    if (reads_as<EVP_PKEY>(content, ::d2i_AutoPrivateKey, ::EVP_PKEY_free))
        return problem(
            file_fault::not_pem,
            use,
            file,
            "it is a key in DER, PEM is needed (no start line)",
            "openssl pkey -inform DER -in " + name + " -out NEW.pem"
        );
    return problem(
        file_fault::not_pem, use, file, "it is not PEM (no start line)", "a PEM file has a line -----BEGIN …-----"
    );
}

/// All parts of a PEM file, at least one.
file_result<std::vector<part>> parts_of(const fs::path& file, purpose use)
{
    const auto content = content_of(file, use);
    if (!content)
        return content.error();
    if (content->find("-----BEGIN ") == std::string::npos)
        return foreign(*content, use, file);
    const auto damaged = [use, &file](const std::string& reason, std::string fix)
    { return problem(file_fault::damaged, use, file, reason, std::move(fix)); };
    // What `cat a b` makes of files without a line feed at their end; the message of OpenSSL would not say so.
    if (content->find("----------BEGIN ") != std::string::npos)
        return damaged(
            "an END line and the next BEGIN line are one: files were joined without a line break between them",
            "put a line break between -----END …----- and -----BEGIN …-----"
        );

    // OpenSSL takes PEM apart: what is between the lines is DER, with an optional header that shows encryption.
    ::ERR_clear_error();
    std::vector<part> all;
    const owned_bio in(::BIO_new_mem_buf(content->data(), static_cast<int>(content->size())));
    for (;;)
    {
        char* name = nullptr;
        char* header = nullptr;
        unsigned char* der = nullptr;
        long size = 0;
        if (::PEM_read_bio(in.get(), &name, &header, &der, &size) != 1)
            break;
        const bool encrypted = std::string_view(name) == "ENCRYPTED PRIVATE KEY" ||
                               std::string_view(header).find("ENCRYPTED") != std::string_view::npos;
        all.push_back({name, encrypted, std::string(reinterpret_cast<char*>(der), static_cast<std::size_t>(size))});
        ::OPENSSL_free(name);
        ::OPENSSL_free(header);
        ::OPENSSL_clear_free(der, static_cast<std::size_t>(size));
    }
    // The end of a good file reads as a missing start line.
    const bool at_end = !all.empty() && ERR_GET_REASON(::ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    const auto reason = drained_tls_errors();
    if (!at_end)
        return damaged(
            "part " + std::to_string(all.size() + 1) + " of it is cut or changed: " + reason, "copy it again"
        );
    return all;
}

/// The certificates among the parts of a file. Without one, the error says what is there instead.
file_result<trust> certificates_in(const std::vector<part>& parts, purpose use, const fs::path& file)
{
    trust found;
    for (const auto& each : parts)
    {
        if (!each.is_certificate())
            continue;
        const auto* position = reinterpret_cast<const unsigned char*>(each.der.data());
        const auto size = static_cast<long>(each.der.size());
        // OpenSSL's own variant carries extra trust settings behind the certificate.
        const bool with_trust = each.name == "TRUSTED CERTIFICATE";
        auto* const made = with_trust ? ::d2i_X509_AUX(nullptr, &position, size) : ::d2i_X509(nullptr, &position, size);
        if (made == nullptr)
        {
            const auto number = std::to_string(found.certificates.size() + 1);
            return problem(
                file_fault::damaged,
                use,
                file,
                "certificate " + number + " is damaged: " + drained_tls_errors(),
                "copy it again"
            );
        }
        found.certificates.emplace_back(made, ::X509_free);
        found.facts.push_back(facts_of(*made));
    }
    if (!found.certificates.empty())
        return found;
    // Without a certificate: a key in its place gets a message of its own.
    const bool key = std::ranges::any_of(parts, &part::is_key);
    if (key && use == purpose::certificate)
        return problem(
            file_fault::exchanged,
            use,
            file,
            "it holds a key and no certificate: certificate and key are exchanged",
            "exchange the two files"
        );
    const auto name = key ? "a key" : parts.front().name;
    return problem(
        file_fault::nothing_useful,
        use,
        file,
        "it holds no certificate, only " + name,
        "name the file of the certificates"
    );
}

/// The first private key among the parts of a file. Without one, the error says what is there instead.
file_result<std::shared_ptr<evp_pkey_st>> key_in(const std::vector<part>& parts, const fs::path& file)
{
    const auto found = std::ranges::find_if(parts, &part::is_key);
    if (found == parts.end() && std::ranges::any_of(parts, &part::is_certificate))
        return problem(
            file_fault::exchanged,
            purpose::key,
            file,
            "it holds a certificate and no key: certificate and key are exchanged",
            "exchange the two files"
        );
    if (found == parts.end())
        return problem(
            file_fault::nothing_useful,
            purpose::key,
            file,
            "it holds no private key, only " + parts.front().name,
            "name the file of the private key"
        );
    if (found->encrypted)
        return problem(
            file_fault::pass_phrase,
            purpose::key,
            file,
            "it is behind a pass phrase, an unencrypted key is needed",
            "openssl pkey -in " + file.string() + " -out NEW.key"
        );
    const auto* position = reinterpret_cast<const unsigned char*>(found->der.data());
    auto* const made = ::d2i_AutoPrivateKey(nullptr, &position, static_cast<long>(found->der.size()));
    if (made == nullptr)
        return problem(
            file_fault::damaged, purpose::key, file, "it is damaged: " + drained_tls_errors(), "copy it again"
        );
    return std::shared_ptr<evp_pkey_st>(made, ::EVP_PKEY_free);
}

/// Why key and first certificate do not fit: the key is of another pair, or its certificate is further behind.
file_problem mismatch(const key_pair& pair, const fs::path& certificate, const fs::path& key)
{
    const auto is_owner = [&pair](const std::shared_ptr<x509_st>& each)
    { return ::X509_check_private_key(each.get(), pair.key.get()) == 1; };
    const auto owner = std::ranges::find_if(pair.chain, is_owner);
    ::ERR_clear_error();
    if (owner == pair.chain.end())
        return {
            file_fault::other_pair,
            key,
            "the key " + key.string() + " is not the key of " + certificate.string() + " (key values mismatch)",
            "use the two files that were made together"};
    const auto& facts = pair.facts[static_cast<std::size_t>(owner - pair.chain.begin())];
    return {
        file_fault::authority_first,
        certificate,
        "the certificate " + certificate.string() + " begins with " + pair.facts.front().subject + "; " +
            facts.subject + ", whose key is " + key.string() + ", stands behind it",
        "put the collector's own certificate first, then the one that signed it"};
}

}  // namespace

file_result<key_pair> read_key_pair(const fs::path& certificate, const fs::path& key)
{
    ::ERR_clear_error();  // what stands there is not about these files
    // Both files are read before they are compared, so that each gets its own message.
    const auto certificate_parts = parts_of(certificate, purpose::certificate);
    if (!certificate_parts)
        return certificate_parts.error();
    auto certificates = certificates_in(*certificate_parts, purpose::certificate, certificate);
    if (!certificates)
        return certificates.error();
    const auto key_parts = parts_of(key, purpose::key);
    if (!key_parts)
        return key_parts.error();
    auto own_key = key_in(*key_parts, key);
    if (!own_key)
        return own_key.error();

    key_pair pair{std::move(certificates->certificates), std::move(*own_key), std::move(certificates->facts)};
    if (::X509_check_private_key(pair.chain.front().get(), pair.key.get()) != 1)
        return mismatch(pair, certificate, key);
    return pair;
}

file_result<trust> read_trust(const fs::path& file)
{
    ::ERR_clear_error();
    const auto parts = parts_of(file, purpose::trust);
    if (!parts)
        return parts.error();
    return certificates_in(*parts, purpose::trust, file);
}

std::vector<certificate_facts> own_chain(const std::vector<certificate_facts>& shown)
{
    std::vector<certificate_facts> used;
    // The first one is ours. From there on each issuer, the one that is good for longest where it was signed twice.
    const certificate_facts* last = shown.empty() ? nullptr : &shown.front();
    while (last != nullptr && used.size() < shown.size())
    {
        used.push_back(*last);
        const certificate_facts* issuer = nullptr;
        for (const auto& each : shown)
        {
            // A root does not count: whoever looks at the chain has that of its own.
            const bool root = each.subject == each.issuer;
            if (!root && each.subject == last->issuer && (issuer == nullptr || issuer->not_after < each.not_after))
                issuer = &each;
        }
        last = issuer;
    }
    return used;
}

const certificate_facts* first_expired(const std::vector<certificate_facts>& all, utc_time now)
{
    const auto first = std::ranges::min_element(all, {}, &certificate_facts::not_after);
    return first != all.end() && first->not_after <= now ? &*first : nullptr;
}

const certificate_facts* last_to_expire(const std::vector<certificate_facts>& all)
{
    const auto last = std::ranges::max_element(all, {}, &certificate_facts::not_after);
    return last != all.end() ? &*last : nullptr;
}

std::vector<certificate_facts>
trust_in_use(const std::vector<certificate_facts>& trusted, const std::vector<certificate_facts>& shown)
{
    std::vector<certificate_facts> used;
    for (const auto& each : trusted)
        if (std::ranges::find(shown, each) != shown.end())
            used.push_back(each);
    if (used.empty())
        used.push_back(*last_to_expire(trusted));
    return used;
}

}  // namespace qdc::net
