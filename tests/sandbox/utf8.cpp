#include "sandbox/utf8.hpp"

namespace qdc::sandbox
{
namespace
{

struct lead
{
    std::size_t size;  ///< of the whole character; 0: no character begins so
    unsigned low;      ///< range of the second byte
    unsigned high;
};

/// Table 3-7 of the Unicode standard: well-formed UTF-8 byte sequences.
lead classify(unsigned byte)
{
    if (byte < 0x80)
        return {1, 0, 0};
    if (byte >= 0xc2 && byte <= 0xdf)
        return {2, 0x80, 0xbf};
    if (byte == 0xe0)
        return {3, 0xa0, 0xbf};
    if (byte == 0xed)
        return {3, 0x80, 0x9f};
    if (byte >= 0xe1 && byte <= 0xef)
        return {3, 0x80, 0xbf};
    if (byte == 0xf0)
        return {4, 0x90, 0xbf};
    if (byte >= 0xf1 && byte <= 0xf3)
        return {4, 0x80, 0xbf};
    if (byte == 0xf4)
        return {4, 0x80, 0x8f};
    return {0, 0, 0};
}

bool legal_in_xml(unsigned long point)
{
    if (point < 0x20)
        return point == '\t' || point == '\n' || point == '\r';
    return point != 0xfffe && point != 0xffff;
}

}  // namespace

utf8_piece next_piece(std::string_view text)
{
    const auto byte = [text](std::size_t at) { return static_cast<unsigned>(static_cast<unsigned char>(text[at])); };
    const auto [size, low, high] = classify(byte(0));
    if (size == 0)
        return {1, false};
    if (size == 1)
        return {1, legal_in_xml(byte(0))};
    unsigned long point = byte(0) & (0x7fU >> size);
    for (std::size_t at = 1; at < size; ++at)
    {
        const unsigned least = at == 1 ? low : 0x80;
        const unsigned most = at == 1 ? high : 0xbf;
        if (at == text.size() || byte(at) < least || byte(at) > most)
            return {at, false};
        point = point << 6 | (byte(at) & 0x3fU);
    }
    return {size, legal_in_xml(point)};
}

}  // namespace qdc::sandbox
