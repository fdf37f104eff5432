#pragma once

#include "base/secret.hpp"
#include "logging/secret_mask.hpp"
#include "ports/log.hpp"

#include <string>

namespace qdc::logging
{

/// The last line of defence: whatever a server answers or a library says, no known secret gets past it. Components
/// still never put one into a message.
class masking_log final : public log
{
public:
    /// `out` outlives this.
    explicit masking_log(log& out) : out_(out) {}

    /// From now on this login is shown in none of its forms.
    void hide(const std::string& user, const secret& password) { secrets_.hide(user, password); }

    bool enabled(log_level level) const override { return out_.enabled(level); }

    void write(log_record record) override;

    /// What is hidden here, for other texts that are shown.
    const secret_mask& secrets() const noexcept { return secrets_; }

private:
    log& out_;
    secret_mask secrets_;
};

}  // namespace qdc::logging
