#include "sandbox/sandbox.hpp"

#include "sandbox/config_file.hpp"
#include "sandbox/devo_server.hpp"
#include "sandbox/options_json.hpp"
#include "sandbox/pki.hpp"
#include "sandbox/qualys_server.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

#include <unistd.h>

namespace qdc::sandbox
{
namespace
{

namespace fs = std::filesystem;
namespace json = boost::json;

/// With an epoch of the user's own, the collector's default windows (24 hours, 30 days before its own start) would
/// miss the data: its start times are configured instead.
void settle_epoch(options& settings)
{
    if (settings.epoch.empty())
    {
        settings.epoch = to_text(now());
        return;
    }
    const auto begin = settings.begin();
    if (settings.start_of("user_activity").empty())
        settings.start_time.push_back("user_activity=" + to_text(begin - std::chrono::hours(24)));
    if (settings.start_of("vm_scans").empty())
        settings.start_time.push_back("vm_scans=" + to_text(begin - std::chrono::hours(24 * 30)));
}

options settled(options from)
{
    if (from.directory.empty())
        throw std::runtime_error("--directory is missing");
    fs::create_directories(fs::path(from.directory) / "devo");
    if (!fs::exists(fs::path(from.directory) / "sandbox.json"))
        settle_epoch(from);
    return from;
}

}  // namespace

struct playground::state
{
    explicit state(options from)
        : settings(settled(std::move(from))),
          certs(ensure_certificates(settings.directory, settings.key_type)),
          devo(settings, certs.devo),
          qualys(settings, certs.qualys, access_to_devo())
    {
        settings.qualys_port = qualys.port();
        settings.devo_port = devo.port();
        const auto directory = fs::path(settings.directory);
        write_whole_file(directory / "sandbox.json", json::serialize(to_json(settings)) + '\n');
        write_collector_config(settings, qualys.port(), devo.port());
        devo_thread = std::thread([this] { devo.run(); });
        qualys_thread = std::thread([this] { qualys.run(); });
        const json::object ready{
            {"qualys_port", qualys.port()},
            {"devo_port", devo.port()},
            {"pid", static_cast<std::int64_t>(::getpid())},
            {"qualys_url", "https://localhost:" + std::to_string(qualys.port())},
            {"qualys_ca", (fs::absolute(directory) / "certs" / "qualys-ca.crt").string()},
            {"config", (fs::absolute(directory) / "config" / "config.yaml").string()},
        };
        write_whole_file(directory / "ready.json", json::serialize(ready) + '\n');
    }

    devo_access access_to_devo()
    {
        return {
            .status = [this] { return devo.status(); },
            .set_faults = [this](const std::vector<std::string>& faults) { devo.set_faults(faults); },
        };
    }

    void stop()
    {
        if (!qualys_thread.joinable())
            return;
        qualys.stop();  // first, because it asks the Devo side for counters
        qualys_thread.join();
        devo.stop();
        devo_thread.join();
        write_whole_file(fs::path(settings.directory) / "devo" / "stats.json", devo.final_status() + '\n');
    }

    options settings;
    certificates certs;
    devo_server devo;
    qualys_server qualys;
    std::thread devo_thread;
    std::thread qualys_thread;
};

playground::playground(options from) : state_(std::make_unique<state>(std::move(from))) {}

playground::~playground()
{
    try
    {
        stop();
    }
    catch (const std::exception&)  // only the report can fail; who needs it calls stop()
    {
    }
}

unsigned short playground::qualys_port() const
{
    return state_->qualys.port();
}

unsigned short playground::devo_port() const
{
    return state_->devo.port();
}

const options& playground::settings() const
{
    return state_->settings;
}

std::string playground::control(const std::string& json_text)
{
    return state_->qualys.control(json_text);
}

std::string playground::status()
{
    return state_->qualys.status();
}

void playground::stop()
{
    state_->stop();
}

void load_options(options& into, const std::string& directory)
{
    std::ifstream file(fs::path(directory) / "sandbox.json");
    if (!file)
        return;
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    from_json(into, json::parse(text).as_object());
    into.directory = directory;  // it may have been moved
}

}  // namespace qdc::sandbox
