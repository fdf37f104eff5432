#include "decode/activity_rows.hpp"
#include "decode/characters.hpp"
#include "fuzz/pieces.hpp"

#include <string>

using namespace qdc;

namespace
{

struct outcome
{
    decode::activity_rows::row names;
    std::vector<decode::activity_rows::row> rows;
    std::optional<decode::activity_footer> footer;
    bool complete{false};
    std::uint64_t line{0};
    error_code failure;

    bool operator==(const outcome&) const = default;
};

outcome read(const std::vector<std::string_view>& pieces, std::size_t pause)
{
    decode::activity_rows log({.record_bytes = 1u << 20, .pause_bytes = pause});
    outcome out;
    const auto take = [&log, &out]
    {
        for (auto& row : log.take())
            out.rows.push_back(std::move(row));
    };
    for (auto in : pieces)
    {
        for (bool paused = true; paused && !out.failure;)
        {
            const auto state = log.feed(in);
            take();
            out.failure = state ? error_code() : state.error();
            paused = state && *state == decode::progress::paused;
        }
    }
    if (!out.failure)
        out.failure = log.finish();
    take();
    out.names = log.names();
    out.footer = log.footer();
    out.complete = log.complete();
    out.line = log.line();
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const fuzz::input in(data, size);
    const auto whole = read({in.whole}, 1u << 20);
    fuzz::require(read(in.pieces(), in.chunk) == whole);
    fuzz::require(whole.failure || whole.complete);
    for (const auto& row : whole.rows)
    {
        fuzz::require(row.size() == whole.names.size());
        for (const auto& field : row)
        {
            std::string again;
            fuzz::require(decode::append_scrubbed(again, field, decode::forbidden::by_xml) == 0);
        }
    }
    return 0;
}
