#pragma once

#include "app/file_watch.hpp"
#include "net/certificate.hpp"
#include "ports/reports.hpp"
#include "settings/settings.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace qdc::net
{
class tls_context;
}

namespace qdc::app
{

/// When the certificates of an output's files end.
class output_certificates
{
public:
    /// `tls` is what the output's connections are made with; nullptr: they are not encrypted.
    output_certificates(const settings::output& wanted, std::shared_ptr<net::tls_context> tls);

    /// Reads the files again when they have changed; what cannot be read then changes nothing. All of our own chain is shown
    /// to Devo, so all of it counts. Of the trusted ones those count that prove Devo; before the first connection only the one
    /// that is good longest: an old one that nobody needs any more is no news.
    std::vector<certificate_report> now();

    /// Why files that have changed are not in use: a certificate whose key is not there yet. Empty: they are.
    std::string fault() const;

private:
    void read();
    utc_time trust_ends() const;

    std::string output_;
    std::filesystem::path certificate_;
    std::filesystem::path trust_;
    std::shared_ptr<net::tls_context> tls_;
    file_watch watch_;
    std::vector<certificate_report> own_;
    std::vector<net::certificate_facts> trusted_;
};

}  // namespace qdc::app
