#pragma once

namespace qdc
{

/// How far a call came. Where it failed shows whose fault that can be.
enum class call_stage
{
    look_up,     ///< the name of the host, or of the proxy
    connect,     ///< a connection to one of its addresses
    proxy,       ///< the proxy's tunnel
    tls,         ///< the handshake and the certificate
    sending,     ///< the request goes out
    first_byte,  ///< until the header of the answer is complete
    body,        ///< until the end of its body
    document,    ///< what came is read
};

}  // namespace qdc
