#pragma once

#include "sandbox/faults.hpp"
#include "sandbox/http_message.hpp"
#include "sandbox/options.hpp"

#include <optional>

namespace qdc::sandbox
{

/// The answer that a fault gives in place of the real one; nothing when none of `struck` replaces the answer.
/// `to` is the call that is answered. `limit_headers` tells whether the six limit headers go with it.
struct replaced_answer
{
    http_answer answer;
    bool limit_headers = true;
};

std::optional<replaced_answer>
replace_answer(const std::vector<fault>& struck, const options& settings, const http_request& to);

/// 409 with code 1960 and the headers that go with it (Qualys API guide, "API limits"): no ToWait, no Remaining.
http_answer concurrency_answer(const options& settings, std::uint64_t running);

/// 409 with code 1965.
http_answer rate_answer(const options& settings, std::uint64_t wait_seconds, std::uint64_t running);

/// What proxies and maintenance windows send.
http_answer html_answer(unsigned status);

}  // namespace qdc::sandbox
