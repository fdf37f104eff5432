#pragma once

#include "app/file_watch.hpp"
#include "ports/reports.hpp"
#include "settings/settings.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace qdc::app
{

/// When the certificates of an output's files end.
class output_certificates
{
public:
    explicit output_certificates(const settings::output& wanted);

    /// Reads the files again when they have changed; what cannot be read then changes nothing. All of our own chain is shown
    /// to Devo, so all of it counts. Of the trusted ones only the one that is good longest does: an old one that nobody needs
    /// any more is no news.
    const std::vector<certificate_report>& now();

private:
    void read();

    std::string output_;
    std::filesystem::path certificate_;
    std::filesystem::path trust_;
    file_watch watch_;
    std::vector<certificate_report> known_;
};

}  // namespace qdc::app
