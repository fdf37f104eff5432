#include "app/upkeep.hpp"

#include "app/file_watch.hpp"
#include "status/attention.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

// Where the linker says that the program's code begins and ends.
extern "C" const char __executable_start;
extern "C" const char etext;

namespace qdc::app
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace
{

/// A third of the code serves the start only: command line, settings, their checks. It leaves the resident memory; what is
/// needed again comes back from the page cache. Nothing is lost when the kernel refuses.
void release_code()
{
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    const auto begin = (reinterpret_cast<std::uintptr_t>(&__executable_start) + page - 1) / page * page;
    const auto end = reinterpret_cast<std::uintptr_t>(&etext) / page * page;
    ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

}  // namespace

asio::awaitable<void> sweep_repeats(logging::log_repeats& repeats, time_source& time)
{
    for (;;)
    {
        co_await time.sleep_for(30s);
        repeats.sweep();
    }
}

asio::awaitable<void> give_memory_back(time_source& time)
{
    bool released = false;
    for (;;)
    {
        ::malloc_trim(0);
        co_await time.sleep_for(10s);
        // Once, when the start is over.
        if (!std::exchange(released, true))
            release_code();
    }
}

asio::awaitable<void> measure_lag(histogram& lag, time_source& time)
{
    constexpr auto pause = 250ms;
    for (;;)
    {
        const auto due = time.now() + pause;
        co_await time.sleep_until(due);
        // A timer that fires late shows for how long the loop was held up by something else.
        lag.observe(std::chrono::duration<double>(time.now() - due).count());
    }
}

asio::awaitable<void>
report_certificates(std::function<collector_report()> look, time_source& time, const log_origin& log)
{
    struct known_fault
    {
        std::string text;
        time_source::time_point since;
    };

    std::map<std::string, known_fault> said;  // by the part of the program, what is wrong with it
    for (;;)
    {
        co_await time.sleep_for(10s);
        std::map<std::string, known_fault> found;
        for (const auto& one : status::troubles_of(look()))
            if (one.id == trouble_id::certificate)
                found.emplace(one.part, known_fault{one.who + ": " + one.text, time.now()});
        for (auto& [part, fault] : found)
        {
            const auto before = said.find(part);
            // With other words it is the same trouble, as a certificate that ends in a day less.
            if (before != said.end())
                fault.since = before->second.since;
            if (before == said.end() || before->second.text != fault.text)
                log.warning(
                    trouble_id::certificate, fmt::format("{}; {}", fault.text, fix_of(trouble_id::certificate))
                );
        }
        for (const auto& [part, fault] : said)
            if (!found.contains(part))
                log.info(fmt::format(
                    "No longer, after {:.0f} s: {}",
                    std::chrono::duration<double>(time.now() - fault.since).count(),
                    fault.text
                ));
        said = std::move(found);
    }
}

asio::awaitable<void> watch_files(
    std::function<watched_files()> files,
    std::function<bool()> login_refused,
    std::function<void()> reload,
    time_source& time
)
{
    // As the files are now: only what changes later counts.
    auto watched = files();
    file_watch secrets(watched.secrets);
    file_watch configuration(watched.configuration);
    for (;;)
    {
        co_await time.sleep_for(2s);
        auto now = files();
        if (now != watched)  // a reload
        {
            secrets = file_watch(now.secrets);
            configuration = file_watch(now.configuration);
            watched = std::move(now);
        }
        // Both are asked in each turn, so that a change is not seen twice.
        const bool secret_changed = secrets.changed();
        const bool configuration_changed = configuration.changed();
        if (secret_changed || (configuration_changed && login_refused()))
            reload();
    }
}

}  // namespace qdc::app
