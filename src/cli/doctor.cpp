#include "cli/doctor.hpp"

#include "app/configuration.hpp"
#include "app/run_to_end.hpp"
#include "doctor/checks.hpp"
#include "doctor/checks_devo.hpp"
#include "doctor/checks_local.hpp"
#include "doctor/checks_qualys.hpp"
#include "net/system_clock.hpp"

#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <chrono>
#include <iostream>

namespace qdc::cli
{

namespace asio = boost::asio;

namespace
{

/// So that the columns stand below each other.
std::size_t longest_name(const settings::collector& settings)
{
    std::size_t longest = 1;
    for (const auto& input : settings.inputs)
        longest = std::max(longest, input.name.size());
    for (const auto& output : settings.outputs)
        longest = std::max(longest, output.name.size());
    return longest;
}

/// One after the other: whoever reads along sees what is waited for, and Qualys has few places at once.
asio::awaitable<void> check_connections(const settings::collector& settings, doctor::check_list& all)
{
    const auto time = net::make_system_clock();
    for (const auto& input : settings.inputs)
    {
        doctor::check_notes notes(all, doctor::check_side::input, input.name);
        co_await doctor::check_input(input, *time, notes);
        doctor::check_tags(input, notes);
    }
    for (const auto& output : settings.outputs)
    {
        const doctor::check_notes notes(all, doctor::check_side::output, output.name);
        co_await doctor::check_output(output, *time, notes);
    }
}

/// The connections first; then the state directory, which needs no network.
void run_checks(const settings::collector& settings, doctor::check_list& all)
{
    asio::io_context io(1);
    app::run_to_end(io, check_connections(settings, all));
    doctor::check_notes local(all, doctor::check_side::local, {});
    doctor::check_state(settings, local);
}

}  // namespace

exit_status doctor(const doctor_options& options)
{
    const auto read = app::read_for_doctor(options.where, std::chrono::system_clock::now());
    // Lines come as soon as each check is done; JSON comes at the end, as one document.
    const auto width = read.value ? longest_name(*read.value) : 1;
    doctor::check_list all(
        [&options, width](const doctor::check_result& found)
        {
            if (!options.json)
                std::cout << doctor::check_line(found, width) << std::endl;
        }
    );
    // Before the first check: a server may repeat the login that it was sent.
    if (read.value)
        for (const auto& input : read.value->inputs)
            all.hide(input.login.username, input.login.password);
    // A configuration that cannot be used is reported, and nothing else can be checked.
    doctor::check_notes configuration(all, doctor::check_side::local, {});
    doctor::check_configuration(read, configuration);
    if (read.value)
        run_checks(*read.value, all);
    if (options.json)
        std::cout << doctor::checks_json(all.all()) << '\n';
    if (!read.value)
        return exit_status::misconfigured;
    return all.failed() ? exit_status::failed : app::exit_status::done;
}

}  // namespace qdc::cli
