// The parts of the hot path by themselves, with Google Benchmark: where the time of a whole run goes, and whether a change
// of one part was worth it. Compare with the bare parse in the same output; absolute figures follow the machine's mood.
//
//   parts_bench [--benchmark_filter=scrub] [--benchmark_repetitions=5] …

#include "base/json_text.hpp"
#include "bench/bare_expat.hpp"
#include "bench/decoding.hpp"
#include "bench/page.hpp"
#include "bench/page_server.hpp"
#include "bench/tls_drain.hpp"
#include "decode/inflate.hpp"
#include "decode/scrubber.hpp"
#include "devo/event_writer.hpp"
#include "flow/outbox.hpp"
#include "net/system_clock.hpp"

#include <benchmark/benchmark.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <array>
#include <string>
#include <vector>

namespace
{

using namespace qdc;
namespace asio = boost::asio;

constexpr std::size_t page_bytes = 8'000'000;
constexpr std::size_t piece_bytes = bench::bare_expat::piece_bytes;
constexpr std::size_t batch_bytes = 64 * 1024;

bench::page new_page()
{
    static const auto hosts = std::make_shared<const bench::block>(42);
    return {hosts, page_bytes};
}

const std::string& whole_page()
{
    static const std::string text = []
    {
        auto from = new_page();
        std::string all;
        bench::gather(from, 2 * page_bytes, all);
        return all;
    }();
    return text;
}

/// The texts of RESULTS, as they stand between the marks of CDATA.
const std::vector<std::string_view>& all_results()
{
    static const std::vector<std::string_view> found = []
    {
        std::vector<std::string_view> texts;
        const std::string_view page = whole_page();
        constexpr std::string_view mark = "<RESULTS><![CDATA[";
        for (auto at = page.find(mark); at != std::string_view::npos; at = page.find(mark, at))
        {
            at += mark.size();
            texts.push_back(page.substr(at, page.find("]]>", at) - at));
        }
        return texts;
    }();
    return found;
}

void count_bytes(benchmark::State& state, std::size_t bytes_each)
{
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes_each));
}

void bare_parse(benchmark::State& state)
{
    for ([[maybe_unused]] const auto round : state)
    {
        bench::bare_expat parser;
        parser.feed(whole_page());
        parser.finish();
    }
    count_bytes(state, whole_page().size());
}

void page_to_frames(benchmark::State& state)
{
    for ([[maybe_unused]] const auto round : state)
    {
        bench::decoding way;
        for (std::size_t at = 0; at < whole_page().size(); at += piece_bytes)
            way.feed(std::string_view(whole_page()).substr(at, piece_bytes));
        benchmark::DoNotOptimize(way.frame_bytes());
    }
    count_bytes(state, whole_page().size());
}

void scrub(benchmark::State& state)
{
    std::array<char, piece_bytes> room;
    for ([[maybe_unused]] const auto round : state)
    {
        decode::scrubber scrubber;
        std::string_view left = whole_page();
        while (!left.empty())
            benchmark::DoNotOptimize(scrubber.scrub(left, room, false));
    }
    count_bytes(state, whole_page().size());
}

void inflate(benchmark::State& state)
{
    static const auto packed = bench::packed_page(new_page());
    std::array<char, piece_bytes> room;
    for ([[maybe_unused]] const auto round : state)
    {
        decode::inflater inflater;
        std::string_view left = packed;
        while (!left.empty())
        {
            const auto size = inflater.inflate(left, room);
            if (!size)
                return state.SkipWithError("the page does not unpack");
        }
    }
    count_bytes(state, whole_page().size());
}

void escape_json(benchmark::State& state)
{
    std::string out;
    std::size_t bytes = 0;
    for (const auto text : all_results())
        bytes += text.size();
    for ([[maybe_unused]] const auto round : state)
        for (const auto text : all_results())
        {
            out.clear();
            append_json_escaped(out, text);
            benchmark::DoNotOptimize(out.data());
        }
    count_bytes(state, bytes);
}

void write_frames(benchmark::State& state)
{
    devo::event_writer writer({"host", "vuln.qualys.hostdetections", "", {}});
    writer.begin_cycle({});
    writer.at({});
    const std::string host = '{' + std::string(700, 'h');
    const std::string detection = '{' + std::string(1100, 'd');
    std::size_t bytes = 0;
    for ([[maybe_unused]] const auto round : state)
    {
        while (writer.ready_bytes() < batch_bytes)
            writer.add({host, ",\"DETECTION\":", detection, "}"});
        bytes += writer.take().size();
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}

/// A batch on its way through the outbox, with a confirmation for each half of the limit.
asio::awaitable<void> pass_batches(outbox& box, benchmark::State& state)
{
    generation on = 1;
    for ([[maybe_unused]] const auto round : state)
    {
        batch frames{std::string(batch_bytes, 'x'), 40, nullptr};
        co_await box.push(std::move(frames));
        const batch* const out = co_await box.next(on);
        if (out != nullptr)
        {
            box.sent(on);
            continue;
        }
        box.confirm(on);
        ++on;
        const batch* const again = co_await box.next(on);
        benchmark::DoNotOptimize(again);
        box.sent(on);
    }
}

void outbox_batches(benchmark::State& state)
{
    asio::io_context io(1);
    const auto clock = net::make_system_clock();
    outbox box(io.get_executor(), *clock, 8 << 20);
    auto task = pass_batches(box, state);
    auto done = asio::co_spawn(io, std::move(task), asio::use_future);
    io.run();
    done.get();
    count_bytes(state, batch_bytes);
}

/// What sending costs this side: TLS records and the kernel's part.
void send_tls(benchmark::State& state)
{
    bench::tls_drain drain;
    const std::string bytes(static_cast<std::size_t>(state.range(0)), 'x');
    for ([[maybe_unused]] const auto round : state)
        if (!drain.write(bytes))
            return state.SkipWithError("the connection broke");
    count_bytes(state, bytes.size());
}

BENCHMARK(bare_parse)->Unit(benchmark::kMillisecond);
BENCHMARK(page_to_frames)->Unit(benchmark::kMillisecond);
BENCHMARK(scrub)->Unit(benchmark::kMillisecond);
BENCHMARK(inflate)->Unit(benchmark::kMillisecond);
BENCHMARK(escape_json)->Unit(benchmark::kMillisecond);
BENCHMARK(write_frames)->Unit(benchmark::kMicrosecond);
BENCHMARK(outbox_batches)->Unit(benchmark::kMicrosecond);
BENCHMARK(send_tls)->Arg(2 << 10)->Arg(16 << 10)->Arg(64 << 10)->Arg(256 << 10)->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
