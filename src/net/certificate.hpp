#pragma once

#include "base/utc.hpp"

#include <string>

struct x509_st;

namespace qdc::net
{

/// What a certificate says about itself; nothing of it is verified here.
struct certificate_facts
{
    std::string subject;  ///< as RFC 2253 writes names: "CN=collector,O=Example"
    std::string issuer;
    utc_time not_before;
    utc_time not_after;  ///< the end of time for dates beyond what utc_time can hold

    bool operator==(const certificate_facts&) const = default;
};

/// What stands in a certificate, for logs and checks of its dates.
certificate_facts facts_of(const x509_st& certificate);

}  // namespace qdc::net
