#include "decode/encodings.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cstddef>
#include <string>

namespace qdc::decode
{
namespace
{

using meanings = std::array<int, 256>;

constexpr int none = 0xFFFD;

// Each byte is the character of the same number.
constexpr meanings iso_8859_1 = []
{
    meanings table{};
    for (std::size_t byte = 0; byte < table.size(); ++byte)
        table[byte] = static_cast<int>(byte);
    return table;
}();

// The bytes from 0x80 up mean nothing.
constexpr meanings us_ascii = []
{
    auto table = iso_8859_1;
    std::fill(table.begin() + 0x80, table.end(), none);
    return table;
}();

// As ISO-8859-1, but for the controls from 0x80 to 0x9F, in whose place it has characters.
constexpr meanings windows_1252 = []
{
    constexpr std::array<int, 32> from_0x80{0x20AC, none,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                            0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, none,   0x017D, none,
                                            none,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                            0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, none,   0x017E, 0x0178};
    auto table = iso_8859_1;
    std::copy(from_0x80.begin(), from_0x80.end(), table.begin() + 0x80);
    return table;
}();

// As ISO-8859-1, but for eight characters, the euro sign among them.
constexpr meanings iso_8859_15 = []
{
    auto table = iso_8859_1;
    table[0xA4] = 0x20AC;
    table[0xA6] = 0x0160;
    table[0xA8] = 0x0161;
    table[0xB4] = 0x017D;
    table[0xB8] = 0x017E;
    table[0xBC] = 0x0152;
    table[0xBD] = 0x0153;
    table[0xBE] = 0x0178;
    return table;
}();

/// An encoding by its name in lower case, without what stands between letters and digits.
struct known_name
{
    std::string_view name;
    const meanings* table;
};

constexpr known_name known[] = {
    {"windows1252", &windows_1252},
    {"win1252", &windows_1252},
    {"cp1252", &windows_1252},
    {"xcp1252", &windows_1252},
    {"ansi", &windows_1252},
    {"iso88591", &iso_8859_1},
    {"iso885911987", &iso_8859_1},
    {"latin1", &iso_8859_1},
    {"l1", &iso_8859_1},
    {"cp819", &iso_8859_1},
    {"iso885915", &iso_8859_15},
    {"latin9", &iso_8859_15},
    {"l9", &iso_8859_15},
    {"ascii", &us_ascii},
    {"usascii", &us_ascii},
    {"ansix341968", &us_ascii},
};

/// The form in which `known` has names: "ISO_8859-15" -> "iso885915".
std::string bare(std::string_view encoding)
{
    std::string name;
    for (const char c : encoding)
        if ((lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9'))
            name += lower(c);
    return name;
}

}  // namespace

bool names_utf8(std::string_view encoding)
{
    const auto name = bare(encoding);
    return name == "utf8" || name == "unicode11utf8";
}

const std::array<int, 256>* single_byte_encoding(std::string_view encoding)
{
    const auto name = bare(encoding);
    const auto found = std::ranges::find(known, name, &known_name::name);
    return found != std::end(known) ? found->table : nullptr;
}

}  // namespace qdc::decode
