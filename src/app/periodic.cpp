#include "app/periodic.hpp"

#include "status/process_facts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>

#include <malloc.h>

namespace qdc::app
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace
{

std::string monitor_name(const output_part& output)
{
    return "DevoSenderManagerMonitor(standard_senders," + output.name + ')';
}

double kibibytes(std::string_view meminfo, std::string_view name)
{
    // "MemTotal:       16336908 kB": the number behind the name and its blanks.
    const auto position = meminfo.find(name);
    if (position == std::string_view::npos)
        return 0;
    meminfo.remove_prefix(position + name.size());
    meminfo.remove_prefix(std::min(meminfo.find_first_not_of(' '), meminfo.size()));
    std::uint64_t value = 0;
    std::from_chars(meminfo.data(), meminfo.data() + meminfo.size(), value);
    return static_cast<double>(value);
}

memory_use current_memory()
{
    std::ifstream file("/proc/meminfo");
    const std::string meminfo{std::istreambuf_iterator<char>(file), {}};
    const auto facts = status::read_process_facts();
    return {used_percent(meminfo), facts.resident_bytes, facts.virtual_bytes};
}

double mebibytes(std::uint64_t bytes)
{
    return static_cast<double>(bytes) / (1 << 20);
}

}  // namespace

sender_statistics::sender_statistics(
    const output_part& output,
    std::size_t number,
    std::chrono::seconds period,
    log& out,
    telemetry& events,
    time_source& time
)
    : output_(output),
      number_(number),
      period_(period),
      out_(out),
      events_(events),
      time_(time),
      since_(time.utc_now())
{
    // The output's counters may go on from before a reload: only what comes from here on is reported as new.
    const auto& now = output_.out->report();
    messages_ = now.sent_events;
    bytes_ = now.sent_bytes;
    seconds_ = now.confirm_seconds.sum;
}

void sender_statistics::report()
{
    const auto& now = output_.out->report();
    // The difference to the last report, in the official collector's words …
    const auto messages = now.sent_events - messages_;
    const log_origin log(out_, "OutputProcess::" + monitor_name(output_), {{"output", output_.name}});
    log.info(fmt::format(
        "Number of available senders: 1, sender manager internal queue size: {}",
        output_.box->pushed() - output_.box->confirmed()
    ));
    log.info(fmt::format(
        "Standard - Total number of messages sent: {}, messages sent since \"{}000+00:00\": {} (elapsed {:.3f} "
        "seconds)",
        now.sent_events,
        utc_millis(since_),
        messages,
        now.confirm_seconds.sum - seconds_
    ));
    // … and the same as a metric for Devo. The next report counts from here.
    events_.report({output_.name, messages, now.sent_bytes - bytes_, since_});
    messages_ = now.sent_events;
    bytes_ = now.sent_bytes;
    seconds_ = now.confirm_seconds.sum;
    since_ = time_.utc_now();
}

asio::awaitable<void> sender_statistics::run()
{
    // The official collector's lines: it has a thread for each of these.
    const log_origin main(out_, "OutputProcess::MainThread", {{"output", output_.name}});
    main.info(fmt::format("DevoSender(standard_senders,devo_sender_{}) -> Starting thread", number_));
    main.info(fmt::format("{} -> Starting thread (every {} seconds)", monitor_name(output_), period_.count()));
    main.info(fmt::format("DevoSenderManager(standard_senders,manager,{}) -> Starting thread", output_.name));
    for (;;)
    {
        co_await time_.sleep_for(period_);
        report();
    }
}

std::string memory_text(const memory_use& before, const memory_use& after)
{
    return fmt::format(
        "[GC] global: {:.1f}% -> {:.1f}%, process: RSS({:.2f}MiB -> {:.2f}MiB), VMS({:.2f}MiB -> {:.2f}MiB)",
        before.machine_percent,
        after.machine_percent,
        mebibytes(before.resident_bytes),
        mebibytes(after.resident_bytes),
        mebibytes(before.virtual_bytes),
        mebibytes(after.virtual_bytes)
    );
}

double used_percent(std::string_view meminfo)
{
    const auto total = kibibytes(meminfo, "MemTotal:");
    const auto available = kibibytes(meminfo, "MemAvailable:");
    return total > 0 ? 100.0 * (total - available) / total : 0;
}

asio::awaitable<void> log_memory(log_origin main, time_source& time)
{
    for (;;)
    {
        co_await time.sleep_for(5min);
        const auto before = current_memory();
        ::malloc_trim(0);  // what a large page took would stay with the process otherwise
        main.info(memory_text(before, current_memory()));
    }
}

}  // namespace qdc::app
