#include "cli/validate.hpp"

#include "app/configuration.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>

namespace qdc::cli
{

exit_status validate(const validate_options& options)
{
    const auto read = app::read_configuration(options.where, std::chrono::system_clock::now());
    if (options.json)
    {
        std::cout << settings::problems_json(read.problems) << '\n';
    }
    else
    {
        for (const auto& problem : read.problems)
            std::cout << settings::describe(problem) << '\n';
        const auto errors = std::ranges::count(read.problems, settings::severity::error, &settings::problem::severity);
        const auto warnings = static_cast<std::ptrdiff_t>(read.problems.size()) - errors;
        std::cout << errors << (errors == 1 ? " error, " : " errors, ") << warnings
                  << (warnings == 1 ? " warning: " : " warnings: ")
                  << (read.value ? "the configuration is usable" : "the configuration is not usable") << '\n';
    }
    return read.value ? exit_status::done : app::exit_status::misconfigured;
}

}  // namespace qdc::cli
