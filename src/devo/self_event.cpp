#include "devo/self_event.hpp"

#include "base/json_object.hpp"

#include <optional>
#include <vector>

namespace qdc::devo
{
namespace
{

/// One line as Devo takes it: "<14>2024-01-10 09:47:08.290 HOST TAG: {json}" with a line feed.
std::string frame(const self_identity& identity, utc_time time, std::string_view tag, std::string_view json)
{
    std::string line = "<14>" + utc_millis(time) + ' ' + identity.host + ' ';
    line += tag;
    line += ": ";
    line += json;
    line += '\n';
    return line;
}

/// Where in the configuration a record of the log comes from.
struct service_place
{
    std::string_view input;
    std::string_view service;
    std::string_view module;
};

/// Of "Process::Module(input,id,service,predefined)", and of the set-up's
/// "Module(collector,input#id,service#predefined)": the last four parts.
std::optional<service_place> place_of(std::string_view origin)
{
    // "InputProcess::QualysHostsPuller(qualys,1,host_list,predefined)"
    // -> input "qualys", service "host_list", module "QualysHostsPuller"
    const auto open = origin.find('(');
    if (open == std::string_view::npos || origin.back() != ')')
        return std::nullopt;
    std::vector<std::string_view> parts;
    // The parts between commas and number signs.
    for (auto rest = origin.substr(open + 1, origin.size() - open - 2);;)
    {
        const auto end = rest.find_first_of(",#");
        parts.push_back(rest.substr(0, end));
        if (end == std::string_view::npos)
            break;
        rest.remove_prefix(end + 1);
    }
    if (parts.size() < 4)
        return std::nullopt;
    auto module = origin.substr(0, open);
    if (const auto process = module.rfind("::"); process != std::string_view::npos)
        module.remove_prefix(process + 2);
    return service_place{parts[parts.size() - 4], parts[parts.size() - 2], module};
}

}  // namespace

std::string self_frame(const self_identity& identity, const self_record& record)
{
    std::string json;
    json_object object(json);
    object.text("msg", record.message).text("time", utc_log(record.at) + 'Z').text("level", record.level);
    object.text("collector_name", identity.collector_name);
    object.text("collector_version", identity.version);
    object.text("collector_image", identity.image);
    if (const auto place = place_of(record.origin))
    {
        object.text("input_name", place->input);
        object.text("service_name", place->service);
        object.text("module_name", place->module);
    }
    object.text("origin", record.origin).end();
    return frame(identity, record.at, "devo.collectors.out.local." + std::string(record.level), json);
}

std::string metric_frame(const self_identity& identity, utc_time time, const sent_messages& messages)
{
    std::string sent;
    json_object counters(sent);
    counters.number("part_counter", messages.messages).number("part_bytes", messages.bytes);
    counters.value("since_ts", epoch_millis(messages.since)).end();

    std::string json;
    json_object object(json);
    object.text("col_id", identity.collector_id);
    object.text("col_name", identity.collector_name);
    object.text("col_version", identity.version);
    object.text("col_image", identity.image);
    object.value("msg_sent", sent).text("output_name", messages.output).end();
    return frame(identity, time, "devo.collector.metric.message_sent", json);
}

}  // namespace qdc::devo
