#include "decode/scan_rows.hpp"
#include "fuzz/pieces.hpp"

#include <boost/json/error.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <string>

using namespace qdc;

namespace
{

struct outcome
{
    std::vector<std::string> events;
    std::string status;
    std::uint64_t replaced{0};
    std::uint64_t offset{0};
    error_code failure;

    bool operator==(const outcome&) const = default;
};

outcome read(const std::vector<std::string_view>& pieces, std::size_t pause)
{
    decode::scan_rows rows("scan/1", {.record_bytes = 1u << 20, .pause_bytes = pause});
    outcome out;
    for (auto in : pieces)
    {
        for (bool paused = true; paused && !out.failure;)
        {
            const auto state = rows.feed(in);
            for (auto& event : rows.take())
                out.events.push_back(std::move(event));
            out.failure = state ? error_code() : state.error();
            paused = state && *state == decode::progress::paused;
        }
    }
    if (!out.failure)
        out.failure = rows.finish();
    out.status = rows.status();
    out.replaced = rows.replaced();
    out.offset = rows.offset();
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const fuzz::input in(data, size);
    const auto whole = read({in.whole}, 1u << 20);
    fuzz::require(read(in.pieces(), in.chunk) == whole);

    boost::system::error_code strict;
    for (const auto& event : whole.events)
    {
        boost::json::parse(event, strict, {}, {.max_depth = 80});
        // JSON knows no largest exponent, and digits stay as they are; Boost.JSON has one.
        fuzz::require(!strict || strict == boost::json::error::exponent_overflow);
    }
    // What a strict parser takes, this one takes as well, but for an array of which nothing is a scan's.
    const auto value = boost::json::parse(in.whole, strict);
    const bool foreign = whole.failure == errc::not_a_document && whole.events.empty();
    fuzz::require(strict || !value.is_array() || !whole.failure || foreign);
    return 0;
}
