#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::services
{

/// What answers brought that is not as documented, in words that name it: the first 20 of a service, each once.
class drift
{
public:
    void note(std::string_view words)
    {
        constexpr std::size_t most = 20;
        constexpr std::size_t longest = 100;
        if (noted_.size() == most)
            return;
        std::string harmless(words.substr(0, longest));
        std::ranges::replace_if(
            harmless, [](char c) { return c < ' ' || c > '~'; }, '.'
        );
        if (std::ranges::find(noted_, harmless) == noted_.end())
            noted_.push_back(std::move(harmless));
    }

    const std::vector<std::string>& noted() const noexcept { return noted_; }

private:
    std::vector<std::string> noted_;
};

}  // namespace qdc::services
