#include "decode/inflate.hpp"
#include "fuzz/pieces.hpp"

#include <string>

using namespace qdc;

namespace
{

constexpr std::size_t enough = 1u << 20;  // of a bomb

struct outcome
{
    std::string text;
    bool failed{false};
    bool finished{false};

    bool operator==(const outcome&) const = default;
};

outcome unpack(const std::vector<std::string_view>& pieces, std::size_t room)
{
    decode::inflater body;
    outcome out;
    std::vector<char> buffer(room);
    for (auto in : pieces)
    {
        for (std::size_t written = room; written == room;)
        {
            const auto got = body.inflate(in, buffer);
            if (!got)
                return {{}, true, false};
            written = *got;
            out.text.append(buffer.data(), written);
            if (out.text.size() > enough)
                return {{}, false, false};
        }
        fuzz::require(in.empty());
    }
    out.finished = body.finished();
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const fuzz::input in(data, size);
    const auto whole = unpack({in.whole}, 4096);
    const auto pieces = unpack(in.pieces(), in.chunk);
    fuzz::require(pieces == whole || pieces.text.size() + whole.text.size() == 0);
    return 0;
}
