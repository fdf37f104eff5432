#pragma once

#include "base/secret.hpp"

#include <string>
#include <vector>

namespace qdc::logging
{

/// Knows the secrets of the configuration and takes them out of texts for people. Pure.
class secret_mask
{
public:
    /// Also hides the forms in which a secret travels: percent-encoded, as XML escapes it, with its user in base64, and as
    /// an excerpt shows it, with '.' for what is not ASCII; and the user's name, where it is a word of its own.
    void hide(const std::string& user, const secret& password);

    /// Puts **** in place of everything that is hidden.
    void mask(std::string& text) const;

private:
    void mask_torn(std::string& text) const;
    void mask_names(std::string& text) const;

    std::vector<std::string> hidden_;
    std::vector<std::string> names_;
};

}  // namespace qdc::logging
