#pragma once

#include "sandbox/server_identity.hpp"

#include <string>

namespace qdc::sandbox
{

/// What DIR/certs and DIR/pki hold: two authorities and what they signed, for a year.
///  certs/qualys-ca.crt            whom the collector trusts on the Qualys side
///  certs/chain.crt, domain.{crt,key}   as Devo hands them out
///  certs/stranger.{crt,key}       a client that Devo does not know
///  pki/{qualys,devo}.{crt,key}    the two servers, for localhost, 127.0.0.1 and ::1
struct certificates
{
    server_identity qualys;
    server_identity devo;
};

/// Makes them when any is missing, else leaves them alone, so that a sandbox that starts again stays trusted.
/// `key_type` is "ec" (P-256) or "rsa" (2048). Throws std::runtime_error.
certificates ensure_certificates(const std::string& directory, const std::string& key_type);

}  // namespace qdc::sandbox
