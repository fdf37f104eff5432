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

    /// Also hides the forms in which a secret travels: percent-encoded and, with its user, in base64.
    void hide(const std::string& user, const secret& password);

    bool enabled(log_level level) const override { return out_.enabled(level); }

    void write(log_record record) override;

private:
    void mask(std::string& text) const;

    log& out_;
    std::vector<std::string> hidden_;
};

}  // namespace qdc::app
