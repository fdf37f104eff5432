#include "app/upkeep.hpp"

#include "app/file_watch.hpp"

#include <malloc.h>

namespace qdc::app
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

asio::awaitable<void> tell_repeats(logging::log_repeats& repeats, time_source& time)
{
    for (;;)
    {
        co_await time.sleep_for(30s);
        repeats.sweep();
    }
}

asio::awaitable<void> give_memory_back(time_source& time)
{
    for (;;)
    {
        ::malloc_trim(0);
        co_await time.sleep_for(10s);
    }
}

asio::awaitable<void> measure_lag(histogram& lag, time_source& time)
{
    constexpr auto pause = 250ms;
    for (;;)
    {
        const auto due = time.now() + pause;
        co_await time.sleep_until(due);
        lag.observe(std::chrono::duration<double>(time.now() - due).count());
    }
}

asio::awaitable<void> watch_files(
    std::function<watched_files()> files,
    std::function<bool()> login_refused,
    std::function<void()> reload,
    time_source& time
)
{
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
        const bool secret_changed = secrets.changed();
        const bool configuration_changed = configuration.changed();
        if (secret_changed || (configuration_changed && login_refused()))
            reload();
    }
}

}  // namespace qdc::app
