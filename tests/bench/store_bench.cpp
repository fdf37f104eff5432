/// What a store of known findings costs: `store_bench FOLDER [hosts] [findings]` fills one as a first pull does, and says
/// how large it is on disk and how much memory of its own the process had.
#include "services/changes/host_changes.hpp"
#include "services/changes/known_findings.hpp"
#include "store/environment.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <random>
#include <string>

namespace
{

using namespace qdc;

/// RssAnon of /proc/self/status, in KiB.
long anonymous_kib()
{
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("RssAnon:"))
            return std::atol(line.c_str() + 8);
    return 0;
}

boost::asio::awaitable<void> fill(value_store& table, services::known_findings& known, long hosts, long findings)
{
    std::mt19937_64 random(1);
    std::uint64_t unique = 10'000'000;
    long most = 0;
    for (long host = 1; host <= hosts; ++host)
    {
        services::known_host value;
        for (long each = 0; each < findings; ++each)
        {
            services::known_finding one;
            unique += 1 + random() % 9;
            one.key = "\"UNIQUE_VULN_ID\":\"" + std::to_string(unique) + '"';
            one.print = random() >> 16;
            one.status = "Active";
            one.severity = std::to_string(1 + random() % 5);
            one.qds = std::to_string(1 + random() % 100);
            value.findings.push_back(std::move(one));
        }
        services::host_update update;
        update.id = 1'000'000 + static_cast<std::uint64_t>(host) * 7;
        update.value = services::encode(value);
        update.hosts = 1;
        update.findings = findings;
        known.take(update);
        known.brought(1, update.id);
        if (host % 500 == 0 || host == hosts)
        {
            const auto generation = table.seal();
            const auto failure = co_await table.save(generation);
            if (failure)
            {
                std::printf("%s\n", failure.message().c_str());
                co_return;
            }
            most = std::max(most, anonymous_kib());
        }
    }
    std::printf("anonymous memory at most %.1f MiB\n", static_cast<double>(most) / 1024);
}

}  // namespace

int main(int count, char** arguments)
{
    const std::string folder = count > 1 ? arguments[1] : "store";
    const long hosts = count > 2 ? std::atol(arguments[2]) : 1'000'000;
    const long findings = count > 3 ? std::atol(arguments[3]) : 100;
    auto opened = store::open_environment(folder);
    if (!opened)
        return 1;
    auto table = opened->value->open_table("host_list_detection");
    if (!table)
        return 1;
    const std::shared_ptr<value_store> shared = std::move(*table);
    services::known_findings known(shared);
    known.open();
    const auto begin = std::chrono::steady_clock::now();
    boost::asio::io_context io;
    auto filled = boost::asio::co_spawn(io, fill(*shared, known, hosts, findings), boost::asio::use_future);
    io.run();
    filled.get();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::printf(
        "%llu hosts, %llu findings, %.0f MB on disk, %.1f bytes a finding, %.0f s\n",
        static_cast<unsigned long long>(known.counts().hosts),
        static_cast<unsigned long long>(known.counts().findings),
        static_cast<double>(opened->value->disk_bytes()) / 1e6,
        static_cast<double>(opened->value->disk_bytes()) / static_cast<double>(known.counts().findings),
        took.count()
    );
}
