// What decoding costs beyond Expat itself: CPU time of one host list detection page through scrubber, Expat, JSON and
// frames, divided by that of a bare Expat parse of the same bytes in the same run. The ratio is the figure; the seconds
// depend on the machine's mood.
//
//   decode_bench PAGE.xml [ROUNDS]        PAGE.xml: of `expat_yardstick --write`, or of
//                                         `qualys-devo-collector pull host_list_detection --raw`

#include "bench/bare_expat.hpp"
#include "bench/cpu_time.hpp"
#include "bench/decoding.hpp"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

namespace
{

using namespace qdc::bench;

double parsed(const std::string& page)
{
    const double begin = cpu_seconds();
    bare_expat parser;
    parser.feed(page);
    parser.finish();
    return cpu_seconds() - begin;
}

/// Adds the frames' bytes to `frame_bytes`.
double decoded(const std::string& page, std::size_t& frame_bytes)
{
    const double begin = cpu_seconds();
    decoding way;
    for (std::size_t at = 0; at < page.size(); at += bare_expat::piece_bytes)
        way.feed(std::string_view(page).substr(at, bare_expat::piece_bytes));
    frame_bytes += way.frame_bytes();
    return cpu_seconds() - begin;
}

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc < 2)
    {
        std::cerr << "usage: decode_bench PAGE.xml [ROUNDS]\n";
        return 2;
    }
    std::ifstream in(argv[1], std::ios::binary);
    const std::string page{std::istreambuf_iterator<char>(in), {}};
    const int rounds = argc > 2 ? std::stoi(argv[2]) : 7;

    std::vector<double> ratios;
    std::size_t frame_bytes = 0;
    for (int round = 0; round < rounds; ++round)
    {
        // The yardstick just before and just after: the machine changes its speed for seconds at a time.
        const double before = parsed(page);
        const double ours = decoded(page, frame_bytes);
        const double after = parsed(page);
        ratios.push_back(2 * ours / (before + after));
        std::cout << "round " << round + 1 << ": expat " << before << " s, " << after << " s; ours " << ours
                  << " s; ratio " << ratios.back() << '\n';
    }
    std::cout << "page " << page.size() << " bytes, frames " << frame_bytes / static_cast<std::size_t>(rounds)
              << " bytes, median ratio " << median(ratios) << '\n';
}
