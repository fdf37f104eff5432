#pragma once

#include "base/secret.hpp"
#include "ports/log.hpp"

#include <string>
#include <vector>

namespace qdc::app
{

/// The last line of defence: whatever a server answers or a library says, no known secret gets past it. Components
/// still never put one into a message.
class masking_log final : public log
{
public:
    explicit masking_log(log& out) : out_(out) {}

    /// Also hides the forms in which a secret travels: percent-encoded, as XML escapes it, with its user in base64, and as
    /// an excerpt shows it, with '.' for what is not ASCII; and the user's name, where it is a word of its own.
    void hide(const std::string& user, const secret& password);

    bool enabled(log_level level) const override { return out_.enabled(level); }

    void write(log_record record) override;

    /// Hides what is hidden in the log in another text for people, as the status shows it.
    void mask(std::string& text) const;

private:
    void mask_torn(std::string& text) const;
    void mask_names(std::string& text) const;

    log& out_;
    std::vector<std::string> hidden_;
    std::vector<std::string> names_;
};

}  // namespace qdc::app
