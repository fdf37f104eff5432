#include "decode/characters.hpp"
#include "decode/scrubber.hpp"
#include "fuzz/pieces.hpp"

#include <string>

using namespace qdc;

namespace
{

std::string scrub(const std::vector<std::string_view>& pieces, std::size_t room)
{
    decode::scrubber one;
    std::string text;
    std::vector<char> buffer(room);
    const auto feed = [room, &one, &buffer, &text](std::string_view in, bool last)
    {
        for (std::size_t written = room; written == room;)
        {
            written = one.scrub(in, buffer, last);
            text.append(buffer.data(), written);
        }
        fuzz::require(in.empty());
    };
    for (const auto piece : pieces)
        feed(piece, false);
    feed({}, true);
    return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const fuzz::input in(data, size);
    const auto whole = scrub({in.whole}, 4096);
    fuzz::require(scrub(in.pieces(), in.chunk) == whole);

    // Inside an element of a document in UTF-8: what comes out is clean, and clean text passes unchanged.
    const auto element = "<a>" + std::string(in.whole);
    const auto clean = scrub({element}, 4096);
    std::string again;
    fuzz::require(decode::append_scrubbed(again, clean, decode::forbidden::by_xml) == 0);
    fuzz::require(scrub({clean}, 4096) == clean);
    return 0;
}
