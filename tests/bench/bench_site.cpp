// Both ends of a measured run: a page server for Qualys, the sandbox's Devo side.
//
//   bench_site DIRECTORY [SEED]
//
// Writes what a collector needs into DIRECTORY (config/, certs/, state/), then takes a command from each line of standard
// input and answers each with a line of JSON:
//   serve BYTES RATE GZIP [FAULT …]     what the next requests get: a page of so many bytes, at so many bytes a second (0:
//                                       as fast as it is taken), with gzip or not (1, 0), and Devo's faults, as the
//                                       sandbox spells them. Says "detections".
//   watch                               until the next command the arrivals at Devo are looked at every 0.2 ms
//   report                              the times (seconds of CLOCK_MONOTONIC) and the arrivals since `serve`

#include "bench/page_server.hpp"
#include "sandbox/config_file.hpp"
#include "sandbox/devo_server.hpp"
#include "sandbox/pki.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <thread>
#include <vector>

namespace
{

using namespace qdc;
namespace json = boost::json;

/// What has come in at Devo.
struct arrivals
{
    std::int64_t events = 0;
    std::int64_t bytes = 0;
    std::int64_t connections = 0;
};

arrivals read_arrivals(sandbox::devo_server& devo)
{
    const auto status = json::parse(devo.status()).as_object();
    return {
        status.at("lines").at("host_list_detection").to_number<std::int64_t>(),
        status.at("received_bytes").to_number<std::int64_t>(),
        status.at("connections").to_number<std::int64_t>(),
    };
}

/// Looks for the first and the last event. The steady clock is CLOCK_MONOTONIC.
class watcher
{
public:
    watcher(sandbox::devo_server& devo, std::int64_t before)
        : seen_(before),
          thread_([this, &devo](const std::stop_token& stop) { look(devo, stop); })
    {
    }

    void stop()
    {
        thread_.request_stop();
        thread_.join();
    }

    double first() const { return first_; }

    double last() const { return last_; }

private:
    void look(sandbox::devo_server& devo, const std::stop_token& stop)
    {
        while (!stop.stop_requested())
        {
            const auto events = read_arrivals(devo).events;
            if (events != seen_)
            {
                last_ = bench::monotonic_seconds();
                if (first_ == 0)
                    first_ = last_;
                seen_ = events;
            }
            std::this_thread::sleep_for(std::chrono::microseconds(200));
        }
    }

    double first_ = 0;
    double last_ = 0;
    std::int64_t seen_;
    std::jthread thread_;
};

class site
{
public:
    site(sandbox::options from, const sandbox::certificates& certs)
        : devo_(from, certs.devo),
          hosts_(std::make_shared<const bench::block>(from.seed)),
          pages_(certs.qualys, hosts_),
          devo_thread_([this] { devo_.run(); }),
          page_thread_([this] { pages_.run(); })
    {
        sandbox::write_collector_config(from, pages_.port(), devo_.port());
    }

    json::object ports() const { return {{"qualys_port", pages_.port()}, {"devo_port", devo_.port()}}; }

    json::object serve(std::istream& words)
    {
        bench::page_manners how;
        bool gzip = false;
        words >> how.bytes >> how.rate >> gzip;
        std::vector<std::string> faults;
        for (std::string fault; words >> fault;)
            faults.push_back(fault);
        bench::page counted(hosts_, how.bytes);
        for (std::string part; counted.next(part);)
            continue;
        if (gzip && packed_bytes_ != how.bytes)
        {
            packed_ = std::make_shared<const std::string>(bench::packed_page({hosts_, how.bytes}));
            packed_bytes_ = how.bytes;
        }
        how.packed = gzip ? packed_ : nullptr;
        pages_.behave(how);
        devo_.set_faults(std::move(faults));
        before_ = read_arrivals(devo_);
        return {{"detections", counted.detections()}, {"packed_bytes", gzip ? packed_->size() : 0}};
    }

    json::object watch()
    {
        watcher_ = std::make_unique<watcher>(devo_, before_.events);
        return {};
    }

    json::object report()
    {
        if (watcher_)
            watcher_->stop();
        const auto times = pages_.times();
        const auto now = read_arrivals(devo_);
        json::object out{
            {"request", times.request},
            {"first_byte", times.first_byte},
            {"last_byte", times.last_byte},
            {"events", now.events - before_.events},
            {"event_bytes", now.bytes - before_.bytes},
            {"connections", now.connections - before_.connections},
        };
        if (watcher_)
        {
            out["first_event"] = watcher_->first();
            out["last_event"] = watcher_->last();
        }
        watcher_.reset();
        return out;
    }

private:
    sandbox::devo_server devo_;
    std::shared_ptr<const bench::block> hosts_;
    bench::page_server pages_;
    std::thread devo_thread_;
    std::thread page_thread_;
    std::shared_ptr<const std::string> packed_;
    std::uint64_t packed_bytes_ = 0;
    arrivals before_;
    std::unique_ptr<watcher> watcher_;
};

json::object obey(site& both, const std::string& line)
{
    std::istringstream words(line);
    std::string verb;
    words >> verb;
    if (verb == "serve")
        return both.serve(words);
    if (verb == "watch")
        return both.watch();
    if (verb == "report")
        return both.report();
    return {{"error", "unknown command"}};
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc < 2)
    {
        std::cerr << "usage: bench_site DIRECTORY [SEED]\n";
        return 2;
    }
    std::signal(SIGPIPE, SIG_IGN);
    sandbox::options from;
    from.directory = argv[1];
    from.seed = argc > 2 ? std::stoull(argv[2]) : 42;
    from.services = {"host_list_detection"};
    from.store = "none";
    from.request_period = 3600;
    std::filesystem::create_directories(from.directory + "/devo");
    site both(from, sandbox::ensure_certificates(from.directory, from.key_type));
    std::cout << json::serialize(both.ports()) << std::endl;
    for (std::string line; std::getline(std::cin, line);)
        std::cout << json::serialize(obey(both, line)) << std::endl;
    std::cout.flush();
    std::quick_exit(0);  // the servers' threads know no end
}
