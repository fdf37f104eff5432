// What decoding costs beyond Expat itself: CPU time of one host list detection page through scrubber, Expat, JSON and
// frames, divided by that of a bare Expat parse of the same bytes in the same run. The ratio is the figure; the seconds
// depend on the machine's mood.
//
//   decode_bench PAGE.xml [ROUNDS]        PAGE.xml: `qualys-devo-collector pull host_list_detection --raw`

#include "services/hosts.hpp"

#include <expat.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

namespace
{

constexpr std::size_t piece_bytes = 16 * 1024;

double cpu_seconds()
{
    std::timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

void XMLCALL no_start(void*, const XML_Char*, const XML_Char**) {}

void XMLCALL no_end(void*, const XML_Char*) {}

void XMLCALL no_text(void*, const XML_Char*, int) {}

double bare_expat(const std::string& page)
{
    const double begin = cpu_seconds();
    auto* const parser = ::XML_ParserCreate(nullptr);
    ::XML_SetElementHandler(parser, no_start, no_end);
    ::XML_SetCharacterDataHandler(parser, no_text);
    for (std::size_t at = 0; at < page.size(); at += piece_bytes)
    {
        const auto size = std::min(piece_bytes, page.size() - at);
        ::XML_Parse(parser, page.data() + at, static_cast<int>(size), at + size == page.size());
    }
    ::XML_ParserFree(parser);
    return cpu_seconds() - begin;
}

/// Adds the frames' bytes to `out_bytes`, so that nothing is optimised away.
double decoded(const std::string& page, std::size_t& out_bytes)
{
    const auto service = qdc::services::make_host_list_detection({}, {"host", "vuln.qualys.hostdetections", "", {}});
    const auto now = std::chrono::system_clock::now();
    const double begin = cpu_seconds();
    service->begin_cycle(now);
    [[maybe_unused]] const auto call = service->next_call();
    auto& reader = service->open_answer();
    for (std::size_t at = 0; at < page.size(); at += piece_bytes)
    {
        auto piece = std::string_view(page).substr(at, piece_bytes);
        service->events().at(now);
        for (bool paused = true; paused;)
        {
            const auto parsed = reader.feed(piece);
            out_bytes += service->events().take().size();
            paused = parsed && *parsed == qdc::decode::progress::paused;
        }
    }
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
    std::size_t out_bytes = 0;
    for (int round = 0; round < rounds; ++round)
    {
        // The yardstick just before and just after: the machine changes its speed for seconds at a time.
        const double before = bare_expat(page);
        const double ours = decoded(page, out_bytes);
        const double after = bare_expat(page);
        ratios.push_back(2 * ours / (before + after));
        std::cout << "round " << round + 1 << ": expat " << before << " s, " << after << " s; ours " << ours
                  << " s; ratio " << ratios.back() << '\n';
    }
    std::cout << "page " << page.size() << " bytes, frames " << out_bytes / static_cast<std::size_t>(rounds)
              << " bytes, median ratio " << median(ratios) << '\n';
}
