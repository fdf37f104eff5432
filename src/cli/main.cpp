#include "cli/main.hpp"

#include "app/run.hpp"
#include "app/signals.hpp"
#include "cli/command_line.hpp"
#include "cli/doctor.hpp"
#include "cli/plan.hpp"
#include "cli/pull.hpp"
#include "cli/state.hpp"
#include "cli/top.hpp"
#include "cli/validate.hpp"
#include "cli/version.hpp"

#include <exception>
#include <iostream>

#include <malloc.h>

namespace qdc::cli
{
namespace
{

exit_status obey(const command_line& line)
{
    if (line.verb != verb::run)
        app::release_signals();  // `run` does so when it is ready for them
    switch (line.verb)
    {
        case verb::run:
            return run(line);
        case verb::validate:
            return validate(line);
        case verb::doctor:
            return doctor(line);
        case verb::plan:
            return plan(line);
        case verb::top:
            return top(line);
        case verb::pull:
            return pull(line);
        case verb::state:
            return state(line);
        case verb::version:
            std::cout << version_text(line.json);
            return exit_status::done;
    }
    return exit_status::usage;
}

}  // namespace

int main(int argc, const char* const* argv)
{
    // Large values come and go. By default glibc raises this threshold with the first of them, and keeps their memory:
    // 151 MiB at the peak of a value of 20 MB, instead of 119.
    ::mallopt(M_MMAP_THRESHOLD, 1 << 20);
    // The threads for the disk, the log and name look-ups allocate little: a heap for each would only be memory.
    ::mallopt(M_ARENA_MAX, 1);
    try
    {
        const auto parsed = parse_command_line(argc, argv);
        const auto* const line = std::get_if<command_line>(&parsed);
        return static_cast<int>(line != nullptr ? obey(*line) : std::get<exit_status>(parsed));
    }
    catch (const std::exception& e)
    {
        std::cerr << "qualys-devo-collector: ended by an error that should not happen: " << e.what() << '\n';
        return static_cast<int>(exit_status::failed);
    }
}

}  // namespace qdc::cli
