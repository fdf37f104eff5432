#include "cli/main.hpp"

#include "app/signals.hpp"
#include "cli/command_line.hpp"

#include <exception>
#include <iostream>
#include <variant>

#include <malloc.h>

namespace qdc::cli
{
namespace
{

// What each verb of the command line does; the variant that holds its options chooses one.

exit_status run_verb(exit_status status)
{
    return status;
}

exit_status run_verb(const app::run_options& options)
{
    return app::run(options);
}

exit_status run_verb(const validate_options& options)
{
    return validate(options);
}

exit_status run_verb(const doctor_options& options)
{
    return doctor(options);
}

exit_status run_verb(const plan_options& options)
{
    return plan(options);
}

exit_status run_verb(const top_options& options)
{
    return top(options);
}

exit_status run_verb(const pull_options& options)
{
    return pull(options);
}

exit_status run_verb(const state_options& options)
{
    return state(options);
}

exit_status run_verb(const version_options& options)
{
    std::cout << version_text(options.json);
    return exit_status::done;
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
        const auto chosen = parse_command_line(argc, argv);
        if (!std::holds_alternative<app::run_options>(chosen))
            app::release_signals();  // `run` does so when it is ready for them
        return static_cast<int>(std::visit([](const auto& options) { return run_verb(options); }, chosen));
    }
    // What no verb expects: reported, and a status that is not "done".
    catch (const std::exception& e)
    {
        std::cerr << "qualys-devo-collector: ended by an error that should not happen: " << e.what() << " [internal]\n";
        return static_cast<int>(exit_status::failed);
    }
}

}  // namespace qdc::cli
