#include "sandbox/text_pool.hpp"

#include <algorithm>

namespace qdc::sandbox
{
namespace
{

constexpr std::array<std::string_view, 40> words{
    "openssl",     "1.1.1k-7.el8", "CIPHER",      "RC4-SHA", "TLSv1",     "doesn&apos;t", "/usr/lib64/",
    "C:\\Windows", "\"quoted\"",   "<b>bold</b>", "a && b",  "x < y > z", "array[i[0]]>", "]]>",
    "&amp;",       "&#0;",         "größer",      "naïve",   "日本語",    "Привет",       "😀",
    "𝒳𝒴",          "100%",         "{\"k\":1}",   "HKLM\\S", "port",      "443",          "tcp",
    "version",     "is",           "installed",   "package", "kernel",    "5.14.0-362",   "certificate",
    "expired",     "0x00",         "'single'",    "©®™",     "KB5031356",
};

constexpr std::array<std::string_view, 8> gaps{" ", " ", " ", "\t", "\t", "\n", "\n", "\r\n"};

bool inside_a_character(char c)
{
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

}  // namespace

text_pool::text_pool(std::uint64_t seed, std::uint64_t longest_bytes)
{
    constexpr std::uint64_t least = 1 << 20;  // enough different slices for any number of small results
    const auto size = std::max(least, longest_bytes + longest_bytes / 4);
    text_.reserve(size + 64);
    dice any(seed, topic::pool);
    while (text_.size() < size)
    {
        text_ += any.pick(words);
        text_ += any.pick(gaps);
    }
}

std::string_view text_pool::slice(dice& at, std::uint64_t length) const
{
    length = std::min<std::uint64_t>(length, text_.size());
    std::size_t first = at.below(text_.size() - length + 1);
    std::size_t last = first + length;
    while (first < last && inside_a_character(text_[first]))
        ++first;
    while (last > first && last < text_.size() && inside_a_character(text_[last]))
        --last;
    return std::string_view(text_).substr(first, last - first);
}

}  // namespace qdc::sandbox
