#pragma once

#include "collect/checkpoint.hpp"
#include "collect/subscription.hpp"
#include "support/fake_sink.hpp"
#include "support/fake_store.hpp"
#include "support/manual_clock.hpp"
#include "support/recording_log.hpp"
#include "support/run.hpp"
#include "support/scripted_http.hpp"
#include "unit/services/host_walk.hpp"

#include <memory>
#include <string>
#include <utility>

namespace qdc::test
{

/// Everything around one service: source, sink, store, clock and log, all of them fakes.
struct collect_scene
{
    explicit collect_scene(boost::asio::any_io_executor on) : ex(std::move(on)) {}

    boost::asio::any_io_executor ex;
    manual_clock time{ex, noon};
    fake_sink sink{ex};
    fake_store store{ex};
    recording_log records;
    log_origin log{records, "test"};
    state_key key{"qualys", "1", "host_list_detection"};
    collect::subscription shared{"qualys", 0.8, qualys::api_versions(), {}};
    service_report report;
};

inline std::unique_ptr<services::service> detections(std::uint32_t page_size = 1000, qualys::parameters extra = {})
{
    services::service_options options;
    options.page_size = page_size;
    options.extra = services::extra_parameters(std::move(extra));
    return services::make_host_list_detection(std::move(options), {"h", "t", {}, {}});
}

inline std::string hosts_answer(const std::string& hosts, const std::string& warning = {})
{
    return detection_answer("<HOST_LIST>" + hosts + "</HOST_LIST>" + warning);
}

inline std::string refusal_document(int code, const std::string& text, const std::string& items = {})
{
    return "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<!DOCTYPE SIMPLE_RETURN SYSTEM "
           "\"https://sim.example.com/simple_return.dtd\">\n<SIMPLE_RETURN><RESPONSE><DATETIME>2024-01-10T12:00:00Z"
           "</DATETIME><CODE>" +
           std::to_string(code) + "</CODE><TEXT>" + text + "</TEXT>" + items + "</RESPONSE></SIMPLE_RETURN>";
}

template <class Body>
void play(Body body)
{
    boost::asio::io_context io(1);
    collect_scene scene(io.get_executor());
    run(io, body(scene));
}

}  // namespace qdc::test
