#pragma once

#include <string>
#include <utility>

namespace qdc
{

/// Text that must not be seen. It has no stream operator, no implicit conversion and no formatter, so it cannot slip
/// into a log; whoever really needs it says reveal().
class secret
{
public:
    secret() = default;

    explicit secret(std::string text) : text_(std::move(text)) {}

    /// The text itself, for whoever sends it.
    const std::string& reveal() const noexcept { return text_; }

    bool empty() const noexcept { return text_.empty(); }

    bool operator==(const secret&) const = default;

private:
    std::string text_;
};

}  // namespace qdc
