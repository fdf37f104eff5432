#include "services/extra_parameters.hpp"

#include <algorithm>

namespace qdc::services
{

std::vector<std::string> extra_parameters::leave_out(std::string_view said)
{
    constexpr std::string_view word = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    std::vector<std::string> gone;
    const auto colon = said.find(':');
    if (colon == said.npos)
        return gone;
    for (said.remove_prefix(colon + 1);;)
    {
        said.remove_prefix(std::min(said.find_first_of(word), said.size()));
        const auto name = said.substr(0, said.find_first_not_of(word));
        if (name.empty())
            return gone;
        said.remove_prefix(name.size());
        if (const auto found = sent_->find(name); found != sent_->end())
        {
            gone.push_back(found->first);
            sent_->erase(found);
        }
    }
}

}  // namespace qdc::services
