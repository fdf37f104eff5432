// Hosts 31 and 32 were handed out near the end of a window, with the prints 9a3c5e and 77b01d. The text of what was
// gathered has for each of them how far its id is from the one before, and the print, in digits of six bits:
//
//   +31 -> zigzag 62 -> "-B"      9a3c5e -> "exjmAAAAAAA"
//    +1 -> zigzag  2 -> "C"       77b01d -> "dA7dAAAAAAA"
//
// When the next window opens, that text becomes known_text_. Host 31 comes again with the print 9a3c5e and is dropped;
// 32 comes with another one, so it has changed and is handed out.

#include "services/host_memory.hpp"

#include "base/number.hpp"

#include <algorithm>
#include <array>
#include <tuple>

namespace qdc::services
{
namespace
{

// 16 bytes each and 13 in the state. Every host of a big subscription may be processed within one overlap.
constexpr std::size_t most_sure = 50'000;

// Of the hosts without a date within the overlap, and as many of those without any date. The state is made and saved with
// each page, so of a first pull of everything, most of which never comes again, little may be kept.
constexpr std::size_t most_unsure = 200;
constexpr std::size_t most_unsure_of_short_window = 25'000;

// A digit of base 64, the lowest first, none of which JSON has to escape.
constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t print_digits = 11;  // 64 bits

constexpr std::array<std::uint8_t, 256> values_of_digits()
{
    std::array<std::uint8_t, 256> values{};
    values.fill(64);  // none
    for (std::size_t value = 0; value < digits.size(); ++value)
        values[static_cast<unsigned char>(digits[value])] = static_cast<std::uint8_t>(value);
    return values;
}

/// A number of any length: five bits in each digit, and the sixth says that another digit follows.
void append_number(std::string& out, std::uint64_t number)
{
    for (; number >= 32; number >>= 5)
        out += digits[32 + number % 32];
    out += digits[number];
}

void append_host(std::string& out, std::uint64_t before, std::uint64_t id, std::uint64_t print)
{
    // Lanes go forward and jump back: the sign is the lowest bit, so both are short.
    const auto step = id - before;
    append_number(out, (step << 1) ^ (step >> 63 != 0 ? ~std::uint64_t{0} : 0));
    for (std::size_t digit = 0; digit < print_digits; ++digit, print >>= 6)
        out += digits[print % 64];
}

/// The hosts of such a text. False: it is none.
bool read_packed(std::string_view text, std::vector<std::pair<std::uint64_t, std::uint64_t>>& hosts)
{
    static constexpr auto values = values_of_digits();
    std::uint64_t id = 0;
    while (!text.empty())
    {
        std::uint64_t number = 0, print = 0;
        bool more = true;
        for (unsigned shift = 0; more; shift += 5)
        {
            const auto value =
                text.empty() || shift > 60 ? std::uint8_t{64} : values[static_cast<unsigned char>(text[0])];
            if (value == 64)
                return false;
            text.remove_prefix(1);
            number |= std::uint64_t{value % 32U} << shift;
            more = value >= 32;
        }
        if (text.size() < print_digits)
            return false;
        for (std::size_t digit = 0; digit < print_digits; ++digit)
        {
            const auto value = values[static_cast<unsigned char>(text[digit])];
            if (value == 64)
                return false;
            print |= std::uint64_t{value} << (6 * digit);
        }
        text.remove_prefix(print_digits);
        id += (number >> 1) ^ ((number & 1) != 0 ? ~std::uint64_t{0} : 0);
        hosts.emplace_back(id, print);
    }
    return true;
}

/// What earlier versions wrote: "1f:9a3c5e,20:77b01d". False: it is something else.
bool read_hexadecimal(std::string_view text, std::vector<std::pair<std::uint64_t, std::uint64_t>>& hosts)
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
        hosts.emplace_back(*id, *print);
    }
    return true;
}

bool read_hosts(std::string_view text, std::vector<std::pair<std::uint64_t, std::uint64_t>>& hosts)
{
    // Only the earlier form has colons.
    return text.find(':') != std::string_view::npos ? read_hexadecimal(text, hosts) : read_packed(text, hosts);
}

/// As known() looks them up.
void sort_by_id(std::vector<std::pair<std::uint64_t, std::uint64_t>>& hosts)
{
    std::stable_sort(
        hosts.begin(), hosts.end(), [](const auto& left, const auto& right) { return left.first < right.first; }
    );
}

}  // namespace

void host_memory::turn(utc_time again_from, bool short_window, bool brings_new)
{
    // What the last window gathered is what this one knows.
    again_from_ = again_from;
    short_window_ = short_window;
    known_text_ = gathered_text_;
    known_.clear();
    known_.reserve(gathered_.size());
    for (const auto& one : gathered_)
        known_.push_back(one.host);
    sort_by_id(known_);
    // A window that reaches no further than the last one brings nothing new, so what was gathered stays.
    if (brings_new)
        forget_gathered();
}

void host_memory::forget_known()
{
    known_.clear();
    known_text_.clear();
}

void host_memory::forget_gathered()
{
    gathered_.clear();
    gathered_text_.clear();
    sure_ = dated_ = undated_ = 0;
}

std::size_t& host_memory::count(utc_time newest) noexcept
{
    if (newest == sure)
        return sure_;
    return newest == undated ? undated_ : dated_;
}

void host_memory::gather(const gathered_host& one)
{
    const auto before = gathered_.empty() ? 0 : gathered_.back().host.first;
    append_host(gathered_text_, before, one.host.first, one.host.second);
    gathered_.push_back(one);
    ++count(one.newest);
}

void host_memory::note(std::uint64_t id, std::uint64_t print, std::optional<utc_time> newest)
{
    if (off_)
        return;
    const bool comes_again = newest && *newest >= again_from_;
    if (comes_again && sure_ == most_sure)
    {
        overfull_ = true;
        return;
    }
    gather({{id, print}, comes_again ? sure : newest.value_or(undated)});
    // Twice as many may gather before half of them go, so that this costs little for each host.
    const auto most = short_window_ ? most_unsure_of_short_window : most_unsure;
    if (dated_ <= 2 * most && undated_ <= 2 * most)
        return;
    thin(most);
    // In a short window they were processed lately, whatever their dates say.
    overfull_ = overfull_ || short_window_;
}

/// Of the hosts without a date within the overlap the `most` with the newest dates are left, and the last `most` of those
/// without any.
void host_memory::thin(std::size_t most)
{
    std::vector<std::size_t> by_date, without_date;
    for (std::size_t place = 0; place < gathered_.size(); ++place)
        if (const auto newest = gathered_[place].newest; newest != sure)
            (newest == undated ? without_date : by_date).push_back(place);
    // The ones to keep come first.
    std::reverse(without_date.begin(), without_date.end());
    std::sort(
        by_date.begin(),
        by_date.end(),
        [this](std::size_t left, std::size_t right)
        { return std::tie(gathered_[left].newest, left) > std::tie(gathered_[right].newest, right); }
    );
    std::vector<bool> gone(gathered_.size());
    for (const auto* const places : {&by_date, &without_date})
        for (auto rank = most; rank < places->size(); ++rank)
            gone[(*places)[rank]] = true;
    // The text is made again: a place in it is relative to the one before.
    const auto all = std::move(gathered_);
    forget_gathered();
    for (std::size_t place = 0; place < all.size(); ++place)
        if (!gone[place])
            gather(all[place]);
}

std::optional<std::uint64_t> host_memory::known(std::uint64_t id) const
{
    const auto behind = std::upper_bound(
        known_.begin(), known_.end(), id, [](std::uint64_t wanted, const auto& host) { return wanted < host.first; }
    );
    if (behind == known_.begin() || std::prev(behind)->first != id)
        return std::nullopt;
    return std::prev(behind)->second;
}

bool host_memory::restore(std::string_view known, std::string_view gathered, utc_time again_from, bool short_window)
{
    // Both texts are read before anything is changed.
    std::vector<host_print> before, since;
    if (!read_hosts(known, before) || !read_hosts(gathered, since))
        return false;
    again_from_ = again_from;
    short_window_ = short_window;
    known_.clear();
    known_text_.clear();
    for (const auto& host : before)
    {
        append_host(known_text_, known_.empty() ? 0 : known_.back().first, host.first, host.second);
        known_.push_back(host);
    }
    sort_by_id(known_);
    forget_gathered();
    // Their dates are not saved; what was kept stays.
    for (const auto& host : since)
        gather({host, sure});
    return true;
}

}  // namespace qdc::services
