#include "app/output_certificates.hpp"

#include "net/key_pair.hpp"

#include <utility>

namespace qdc::app
{

output_certificates::output_certificates(const settings::output& wanted)
    : output_(wanted.name),
      certificate_(wanted.certificate),
      trust_(wanted.ca_file.empty() ? wanted.chain : wanted.ca_file),
      watch_({certificate_, trust_})
{
    read();
}

const std::vector<certificate_report>& output_certificates::now()
{
    if (watch_.changed())
        read();
    return known_;
}

void output_certificates::read()
{
    std::vector<certificate_report> all;
    if (!certificate_.empty())
    {
        const auto own = net::read_trust(certificate_);
        if (!own)
            return;
        for (const auto& each : own->facts)
            all.push_back({output_, certificate_.filename().string(), each.not_after});
    }
    if (!trust_.empty())
    {
        const auto trusted = net::read_trust(trust_);
        if (!trusted)
            return;
        all.push_back({output_, trust_.filename().string(), net::last_to_expire(trusted->facts)->not_after});
    }
    known_ = std::move(all);
}

}  // namespace qdc::app
