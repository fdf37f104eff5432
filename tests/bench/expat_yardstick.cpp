// A bare Expat parse of a page: what every figure is divided by.
//
//   expat_yardstick BYTES [SEED]           {"cpu_seconds": …, "bytes": …, "detections": …}
//   expat_yardstick --write BYTES [SEED]   the page itself, on standard output
//
// Making the page is not counted, and it is held a few megabytes at a time: it may be larger than the memory.

#include "bench/bare_expat.hpp"
#include "bench/cpu_time.hpp"
#include "bench/page.hpp"

#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

namespace
{

using namespace qdc::bench;

constexpr std::size_t at_once = 4 << 20;

void measure(page from)
{
    bare_expat parser;
    double cpu = 0;
    std::uint64_t bytes = 0;
    for (std::string piece; gather(from, at_once, piece); bytes += piece.size())
    {
        const double begin = cpu_seconds();
        parser.feed(piece);
        cpu += cpu_seconds() - begin;
    }
    parser.finish();
    std::cout << "{\"cpu_seconds\": " << cpu << ", \"bytes\": " << bytes << ", \"detections\": " << from.detections()
              << "}\n";
}

void write_out(page from)
{
    for (std::string piece; gather(from, at_once, piece);)
        std::fwrite(piece.data(), 1, piece.size(), stdout);
}

}  // namespace

int main(int argc, char** argv)
{
    std::vector<std::string> words(argv + 1, argv + argc);
    const bool writes = !words.empty() && words[0] == "--write";
    if (writes)
        words.erase(words.begin());
    if (words.empty())
    {
        std::cerr << "usage: expat_yardstick [--write] BYTES [SEED]\n";
        return 2;
    }
    const auto seed = words.size() > 1 ? std::stoull(words[1]) : 42;
    page from(std::make_shared<const block>(seed), std::stoull(words[0]));
    if (writes)
        write_out(std::move(from));
    else
        measure(std::move(from));
}
