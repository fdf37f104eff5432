#include "support/loopback_site.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include <stdlib.h>

namespace qdc::test
{

loopback_site::loopback_site()
{
    auto name = (std::filesystem::temp_directory_path() / "qdc-loopback-XXXXXX").native();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    directory_ = name;
    file("ca.pem", authority_.certificate());
    file("client.pem", client_.certificate);
    file("client.key", client_.key);
}

loopback_site::~loopback_site()
{
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

std::filesystem::path loopback_site::file(const std::string& name, const std::string& content) const
{
    const auto path = directory_ / name;
    std::ofstream(path, std::ios::binary) << content;
    return path;
}

net::tls_options loopback_site::client_options() const
{
    net::tls_options options;
    options.ca_file = directory_ / "ca.pem";
    options.certificate = directory_ / "client.pem";
    options.key = directory_ / "client.key";
    return options;
}

std::shared_ptr<net::tls_context> loopback_site::client() const
{
    return client(client_options());
}

std::shared_ptr<net::tls_context> loopback_site::client(const net::tls_options& options)
{
    auto made = net::tls_context::make(options);
    REQUIRE_MESSAGE(made.has_value(), made.error());
    return *made;
}

}  // namespace qdc::test
