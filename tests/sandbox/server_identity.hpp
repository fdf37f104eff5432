#pragma once

#include <string>

namespace qdc::sandbox
{

/// Names of PEM files that a listener needs.
struct server_identity
{
    std::string certificate;
    std::string key;
    std::string client_ca;  ///< empty: clients need no certificate
};

}  // namespace qdc::sandbox
