#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <string_view>

struct evp_md_ctx_st;
struct evp_md_st;

namespace qdc::sandbox
{

/// The first 128 bits of SHA-256: enough to tell many millions of events apart, small enough to keep them all.
struct fingerprint
{
    std::array<std::uint64_t, 2> words{};

    auto operator<=>(const fingerprint&) const = default;
};

/// Makes fingerprints; keeps OpenSSL's context between calls, because fetching it costs more than a small event.
class hasher
{
public:
    hasher();
    ~hasher();
    hasher(hasher&&) noexcept;
    hasher& operator=(hasher&&) noexcept;

    /// Throws std::runtime_error when OpenSSL has no SHA-256.
    fingerprint operator()(std::string_view bytes);

private:
    struct context_free
    {
        void operator()(evp_md_ctx_st* context) const noexcept;
    };

    struct digest_free
    {
        void operator()(evp_md_st* digest) const noexcept;
    };

    std::unique_ptr<evp_md_st, digest_free> digest_;
    std::unique_ptr<evp_md_ctx_st, context_free> context_;
};

}  // namespace qdc::sandbox
