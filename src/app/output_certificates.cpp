#include "app/output_certificates.hpp"

#include "net/key_pair.hpp"
#include "net/tls_context.hpp"

#include <algorithm>
#include <utility>

namespace qdc::app
{

output_certificates::output_certificates(const settings::output& wanted, std::shared_ptr<net::tls_context> tls)
    : output_(wanted.name),
      certificate_(wanted.certificate),
      trust_(wanted.ca_file.empty() ? wanted.chain : wanted.ca_file),
      tls_(std::move(tls)),
      watch_({certificate_, trust_})
{
    read();
}

std::vector<certificate_report> output_certificates::now()
{
    // Files that were exchanged are read again without a reload.
    if (watch_.changed())
        read();
    auto all = own_;
    if (!trusted_.empty())
        all.push_back({output_, trust_.filename().string(), trust_ends()});
    return all;
}

std::string output_certificates::fault() const
{
    return tls_ != nullptr ? tls_->unusable() : std::string();
}

utc_time output_certificates::trust_ends() const
{
    const auto shown = tls_ != nullptr ? tls_->peer_chain() : std::vector<net::certificate_facts>();
    const auto used = net::trust_in_use(trusted_, shown);
    // The first of them to expire ends the trust.
    return std::ranges::min(used, {}, &net::certificate_facts::not_after).not_after;
}

void output_certificates::read()
{
    // A file that cannot be read changes nothing: it may be half written, and what was known before stays.
    std::vector<certificate_report> own;
    if (!certificate_.empty())
    {
        const auto chain = net::read_trust(certificate_);
        if (!chain)
            return;
        for (const auto& each : net::own_chain(chain->facts))
            own.push_back({output_, certificate_.filename().string(), each.not_after});
    }
    std::vector<net::certificate_facts> trusted;
    if (!trust_.empty())
    {
        auto read = net::read_trust(trust_);
        if (!read)
            return;
        trusted = std::move(read->facts);
    }
    own_ = std::move(own);
    trusted_ = std::move(trusted);
}

}  // namespace qdc::app
