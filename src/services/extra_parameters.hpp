#pragma once

#include "qualys/endpoint.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qdc::services
{

/// Parameters that we do not know, sent with the list call as they are configured, until Qualys refuses one by name.
/// Copies are the same parameters: what one leaves out, all leave out.
class extra_parameters
{
public:
    extra_parameters() = default;

    explicit extra_parameters(qualys::parameters configured)
        : sent_(std::make_shared<qualys::parameters>(std::move(configured)))
    {
    }

    void add_to(qualys::parameters& form) const { form.insert(sent_->begin(), sent_->end()); }

    /// What Qualys said when it refused a call for parameters that it does not know (code 1901): "Unrecognized
    /// parameter(s): a, b". Those of ours among them are left out from now on, and returned.
    std::vector<std::string> leave_out(std::string_view message);

private:
    std::shared_ptr<qualys::parameters> sent_{std::make_shared<qualys::parameters>()};
};

}  // namespace qdc::services
