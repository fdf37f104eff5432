#include "status/terminal_lines.hpp"

#include "logging/scrub.hpp"

#include <algorithm>
#include <utility>

namespace qdc::status
{
namespace
{

// Of one text: more would push everything else off the screen.
constexpr std::size_t limit_bytes = 2000;

/// Where the next character begins, and how many columns this one takes.
std::pair<std::size_t, std::size_t> step(std::string_view text, std::size_t position)
{
    const auto lead = static_cast<unsigned char>(text[position]);
    std::size_t end = position + 1;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
        ++end;
    const auto second = end > position + 1 ? static_cast<unsigned char>(text[position + 1]) : 0u;
    // An estimate by the first bytes is enough: a line may be too short, but not too long.
    const bool korean_letter = lead == 0xe1 && second >= 0x84 && second <= 0x85;  // U+1100 to U+115F, and a few more
    const bool from_2e80 = (lead == 0xe2 && second >= 0xba) || lead >= 0xe3;
    return {end, korean_letter || from_2e80 ? 2 : 1};
}

/// The longest beginning that takes no more than `width` columns.
std::string_view front(std::string_view text, std::size_t width)
{
    std::size_t sum = 0;
    for (std::size_t at = 0; at < text.size();)
    {
        const auto [end, wide] = step(text, at);
        sum += wide;
        if (sum > width)
            return text.substr(0, at);
        at = end;
    }
    return text;
}

}  // namespace

std::size_t columns(std::string_view text)
{
    std::size_t sum = 0;
    for (std::size_t at = 0; at < text.size();)
    {
        const auto [end, wide] = step(text, at);
        sum += wide;
        at = end;
    }
    return sum;
}

void terminal_lines::heading(std::string_view text)
{
    lines_.emplace_back();
    line(text);
}

void terminal_lines::items(const std::vector<std::string>& texts, std::size_t indent)
{
    std::string now;
    for (const auto& text : texts)
    {
        // An item that does not fit behind the others begins a line; one that is longer than a line is folded.
        const auto shown = logging::on_one_line(logging::shortened(text, limit_bytes));
        if (!now.empty() && columns(now) + 2 + columns(shown) > width_)
            lines_.push_back(std::exchange(now, {}));
        now += now.empty() ? std::string(indent, ' ') : "  ";
        now += shown;
        fold(now, indent + 2);
    }
    if (!now.empty())
        lines_.push_back(std::move(now));
}

std::vector<std::string> terminal_lines::take()
{
    return std::exchange(lines_, {});
}

/// Puts away complete lines of what is too long, at blanks where there are any.
void terminal_lines::fold(std::string& text, std::size_t indent)
{
    while (columns(text) > width_)
    {
        // At the last blank that fits, unless that would leave the line half empty.
        const auto fits = front(text, width_);
        const auto blank = fits.rfind(' ');
        const bool between_words = blank != std::string_view::npos && blank > std::max(indent, width_ / 2);
        const auto end = between_words ? blank : fits.size();
        lines_.push_back(text.substr(0, end));
        text = std::string(indent, ' ') + text.substr(end + (between_words ? 1 : 0));
    }
}

}  // namespace qdc::status
