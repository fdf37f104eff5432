#pragma once

#include "cycles.hpp"

#include <boost/asio/error.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace qdc::test
{

/// One puller whose cycles run while time passes.
struct walking : cycles
{
    explicit walking(
        collect_scene& around,
        std::uint32_t page = 4,
        qualys::api_versions versions = qualys::api_versions(),
        qualys::parameters extra = {}
    )
        : cycles(around),
          shared("qualys", 0.8, std::move(versions), {}),
          http(new scripted_http),
          puller(
              scene.ex,
              {detections(page, std::move(extra)),
               std::unique_ptr<http_stream>(http),
               scene.sink,
               scene.store,
               shared,
               scene.report,
               scene.time,
               scene.log,
               [] { return 0.0; }},
              {scene.key, secret("Basic x"), std::chrono::seconds(60), std::nullopt, "", {}}
          )
    {
        begin(puller);
    }

    /// A whole cycle, however long it waits.
    boost::asio::awaitable<int> cycle(int half_seconds = 400)
    {
        return run_cycle(puller, half_seconds, std::chrono::milliseconds(500), 30);
    }

    bool asked(std::size_t index, const std::string& parameter) const
    {
        return ('&' + http->requests.at(index).body + '&').find('&' + parameter + '&') != std::string::npos;
    }

    collect::subscription shared;
    scripted_http* http;
    collect::puller puller;
};

inline scripted_answer timeout()
{
    scripted_answer out;
    out.unreachable = boost::asio::error::timed_out;
    return out;
}

/// The answer stops inside the detections of a host.
inline scripted_answer stuck_in(int host)
{
    const auto whole = hosts_answer(detection_host(host, detection(1)));
    auto out = answer(whole.substr(0, whole.find("</DETECTION>")));
    out.failure = boost::asio::error::timed_out;
    return out;
}

/// Host and login are right.
inline scripted_answer light_answer()
{
    return answer("<ABOUT><WEB-VERSION>10.1</WEB-VERSION></ABOUT>");
}

inline scripted_answer
unreachable(call_stage stage = call_stage::connect, error_code failure = boost::asio::error::timed_out)
{
    scripted_answer out;
    out.unreachable = failure;
    out.stage = stage;
    return out;
}

inline scripted_answer page_of(int host, const std::string& more = {})
{
    return answer(hosts_answer(detection_host(host, detection(host)), more));
}

}  // namespace qdc::test
