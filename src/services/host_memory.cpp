// Hosts 31 and 32 were handed out near the end of a window: gathered_ is "1f:9a3c5e,20:77b01d", id and fingerprint in
// hexadecimal. When the next window opens, that text becomes known_text_. Host 31 comes again with the print 9a3c5e and
// is dropped; 32 comes with another one, so it has changed and is handed out.

#include "services/host_memory.hpp"

#include "base/number.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace qdc::services
{
namespace
{

// Some 100 kB of state: what a page costs to checkpoint must stay small.
constexpr std::size_t host_limit = 4000;

/// Without leading zeros: short, as thousands of these are saved with each page.
void append_hex(std::string& out, std::uint64_t number)
{
    std::array<char, 16> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr;
    out.append(digits.data(), end);
}

/// False: not such a text.
bool read_hosts(std::string_view text, std::unordered_map<std::uint64_t, std::uint64_t>& hosts)
{
    while (!text.empty())
    {
        const auto item = text.substr(0, text.find(','));
        text.remove_prefix(std::min(item.size() + 1, text.size()));
        const auto colon = item.find(':');
        if (colon == std::string_view::npos)
            return false;
        const auto id = number_in<std::uint64_t>(item.substr(0, colon), 16);
        const auto print = number_in<std::uint64_t>(item.substr(colon + 1), 16);
        if (!id || !print)
            return false;
        hosts[*id] = *print;
    }
    return true;
}

}  // namespace

void host_memory::turn(utc_time again_from, bool short_window, bool brings_new)
{
    // What the last window gathered is what this one knows.
    again_from_ = again_from;
    short_window_ = short_window;
    known_text_ = gathered_;
    // A window that reaches no further than the last one brings nothing new, so what was gathered stays.
    if (brings_new)
    {
        gathered_.clear();
        gathered_hosts_ = 0;
    }
    known_.clear();
    // The map is what known() looks up, the text is what is saved: neither has to be made of the other for each page.
    read_hosts(known_text_, known_);
}

void host_memory::forget_known()
{
    known_.clear();
    known_text_.clear();
}

void host_memory::note(std::uint64_t id, std::uint64_t print, std::optional<utc_time> processed)
{
    // Only what the next window asks for again is worth its place, see turn().
    const bool again = short_window_ || (processed && *processed >= again_from_);
    if (off_ || !again || gathered_hosts_ == host_limit)
        return;
    ++gathered_hosts_;
    if (!gathered_.empty())
        gathered_ += ',';
    append_hex(gathered_, id);
    gathered_ += ':';
    append_hex(gathered_, print);
}

std::optional<std::uint64_t> host_memory::known(std::uint64_t id) const
{
    const auto found = known_.find(id);
    return found == known_.end() ? std::nullopt : std::optional(found->second);
}

bool host_memory::restore(std::string_view known, std::string_view gathered, utc_time again_from, bool short_window)
{
    // Both texts are read before anything is changed.
    std::unordered_map<std::uint64_t, std::uint64_t> before, since;
    if (!read_hosts(known, before) || !read_hosts(gathered, since))
        return false;
    again_from_ = again_from;
    short_window_ = short_window;
    known_ = std::move(before);
    known_text_ = known;
    gathered_ = gathered;
    gathered_hosts_ = since.size();
    return true;
}

}  // namespace qdc::services
