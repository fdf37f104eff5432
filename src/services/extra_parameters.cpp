#include "services/extra_parameters.hpp"

#include <algorithm>

namespace qdc::services
{

// "Unrecognized parameter(s): show_x, show_y" gives show_x and show_y, as far as they are ours.
std::vector<std::string> extra_parameters::leave_out(std::string_view message)
{
    constexpr std::string_view word = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    std::vector<std::string> gone;
    const auto colon = message.find(':');
    if (colon == message.npos)
        return gone;
    // Whatever separates the names is passed over: only what is a word can be a name.
    for (message.remove_prefix(colon + 1);;)
    {
        message.remove_prefix(std::min(message.find_first_of(word), message.size()));
        const auto name = message.substr(0, message.find_first_not_of(word));
        if (name.empty())
            return gone;
        message.remove_prefix(name.size());
        // Any other name is not one of these parameters, so it cannot be left out here.
        if (const auto found = sent_->find(name); found != sent_->end())
        {
            gone.push_back(found->first);
            sent_->erase(found);
        }
    }
}

}  // namespace qdc::services
