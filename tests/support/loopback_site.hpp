#pragma once

#include "net/tls_context.hpp"
#include "support/test_pki.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace qdc::test
{

/// Files and identities of one test case: an authority, a server and a client that it vouches for, and a directory that
/// goes with everything in it.
class loopback_site
{
public:
    loopback_site();
    ~loopback_site();
    loopback_site(const loopback_site&) = delete;
    loopback_site& operator=(const loopback_site&) = delete;

    const test_authority& authority() const noexcept { return authority_; }

    const identity& server() const noexcept { return server_; }

    /// Writes a file into the directory.
    std::filesystem::path file(const std::string& name, const std::string& content) const;

    /// Trusts the authority, shows the client's certificate.
    net::tls_options client_options() const;

    /// A context of client_options(), or of others; fails the test case when it cannot be made.
    std::shared_ptr<net::tls_context> client() const;
    static std::shared_ptr<net::tls_context> client(const net::tls_options& options);

private:
    std::filesystem::path directory_;
    test_authority authority_{"authority of the test"};
    identity server_{authority_.issue()};
    identity client_{authority_.issue()};
};

}  // namespace qdc::test
