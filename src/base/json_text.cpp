#include "base/json_text.hpp"

#include <array>

namespace qdc
{
namespace
{

/// What a byte needs: 0 nothing, 'u' the six-character form, otherwise the letter after the backslash.
constexpr auto escapes = []
{
    std::array<char, 256> table{};
    for (std::size_t c = 0; c < 0x20; ++c)
        table[c] = 'u';
    table['\b'] = 'b';
    table['\t'] = 't';
    table['\n'] = 'n';
    table['\f'] = 'f';
    table['\r'] = 'r';
    table['"'] = '"';
    table['\\'] = '\\';
    return table;
}();

}  // namespace

void append_json_escaped(std::string& out, std::string_view text)
{
    // Runs that need nothing are appended whole: most texts are one run.
    std::size_t run = 0;
    for (std::size_t at = 0; at < text.size(); ++at)
    {
        const auto byte = static_cast<unsigned char>(text[at]);
        const char escape = escapes[byte];
        if (escape == 0)
            continue;
        out.append(text, run, at - run);
        run = at + 1;
        out += '\\';
        out += escape;
        if (escape == 'u')
        {
            constexpr std::string_view hex = "0123456789abcdef";
            out += "00";
            out += hex[byte >> 4];
            out += hex[byte & 15];
        }
    }
    out.append(text, run, text.size() - run);
}

void append_json_string(std::string& out, std::string_view text)
{
    out += '"';
    append_json_escaped(out, text);
    out += '"';
}

}  // namespace qdc
