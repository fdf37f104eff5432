#pragma once

#include "base/utc.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace qdc::devo
{

/// Events of the collector about itself, as the official internal senders make them (collector SDK 1.8.0): tables
/// devo.collectors.out, where analysts look for collectors that are dead or refused, and devo.collector.metric. Frames
/// as event_writer's, each a line with its line feed. All text must be valid UTF-8.

/// Who speaks.
struct self_identity
{
    std::string host;            ///< HOST of the frame
    std::string collector_id;    ///< globals.id
    std::string collector_name;  ///< globals.name
    std::string version;
    std::string image;  ///< of the container, as $COLLECTOR_IMAGE says; may be empty
};

/// One record of the log.
struct self_record
{
    utc_time at{};
    std::string_view level;   ///< "info", "warning", "error": the last level of the tag
    std::string_view origin;  ///< "InputProcess::QualysHostsPuller(qualys,1,host_list,predefined)"
    std::string_view message;
};

/// Tag devo.collectors.out.local.LEVEL; JSON: msg, time, level, collector_name, collector_version, collector_image;
/// when the origin names a service also input_name, service_name, module_name; and, ours alone, origin. "global"
/// instead of "local" are messages of a domain that several customers share: there are none here.
std::string self_frame(const self_identity& identity, const self_record& record);

/// What one output sent since its last report.
struct sent_messages
{
    std::string output;
    std::uint64_t messages{0};
    std::uint64_t bytes{0};
    utc_time since{};
};

/// Tag devo.collector.metric.message_sent; JSON: col_id, col_name, col_version, col_image, msg_sent with part_counter,
/// part_bytes and since_ts (milliseconds since 1970); and, ours alone, output_name.
std::string metric_frame(const self_identity& identity, utc_time time, const sent_messages& messages);

}  // namespace qdc::devo
