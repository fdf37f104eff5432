#include "status/process_facts.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>
#include <string>

#include <sys/resource.h>
#include <unistd.h>

namespace qdc::status
{
namespace
{

/// /proc counts time in ticks, mostly a hundred a second.
double ticks_to_seconds(double ticks)
{
    return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

/// When the machine was started; it does not change.
double boot_seconds()
{
    std::ifstream in("/proc/stat");
    std::string word;
    double seconds = 0;
    while (in >> word)
        if (word == "btime")
        {
            in >> seconds;
            break;
        }
    return seconds;
}

/// The fields of /proc/self/stat from the third on.
void read_stat(process_facts& into)
{
    std::ifstream file("/proc/self/stat");
    std::string text{std::istreambuf_iterator<char>(file), {}};
    // The second field is the program's name in parentheses, which may hold anything.
    const auto name_end = text.rfind(')');
    if (name_end == std::string::npos)
        return;
    std::istringstream in(text.substr(name_end + 1));
    std::string ignored;
    const auto skip = [&in, &ignored](int fields)
    {
        while (fields-- > 0)
            in >> ignored;
    };
    double user = 0;
    double system = 0;
    double start = 0;
    std::uint64_t pages = 0;
    skip(11);  // state to cmajflt: fields 3 to 13
    in >> user >> system;
    skip(4);  // cutime, cstime, priority, nice
    in >> into.threads;
    skip(1);  // itrealvalue
    in >> start >> into.virtual_bytes >> pages;

    // Ticks since the machine was started become seconds since 1970, pages become bytes.
    static const double boot = boot_seconds();
    into.cpu_seconds = ticks_to_seconds(user + system);
    into.started_seconds = boot + ticks_to_seconds(start);
    into.resident_bytes = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

/// Descriptors that the process has open.
std::uint64_t count_descriptors()
{
    std::error_code failure;
    std::uint64_t count = 0;
    for (std::filesystem::directory_iterator at("/proc/self/fd", failure), end; !failure && at != end;
         at.increment(failure))
        ++count;
    return count > 0 ? count - 1 : 0;  // one of them is the directory that is being read
}

/// How many it may open; the soft limit counts.
double descriptor_limit()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 0;
    return limit.rlim_cur == RLIM_INFINITY ? std::numeric_limits<double>::infinity()
                                           : static_cast<double>(limit.rlim_cur);
}

}  // namespace

process_facts read_process_facts()
{
    process_facts facts;
    read_stat(facts);
    facts.open_descriptors = count_descriptors();
    facts.descriptor_limit = descriptor_limit();
    return facts;
}

}  // namespace qdc::status
