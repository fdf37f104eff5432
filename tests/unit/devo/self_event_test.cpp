#include "devo/self_event.hpp"

#include <doctest/doctest.h>

using namespace qdc;
using namespace qdc::devo;
using namespace std::chrono_literals;

namespace
{

const utc_time moment{1704880028290ms};
const self_identity who{"collector1", "00123", "acme", "1.2.3", "registry/image:1"};

bool holds(const std::string& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("self event: a record becomes a frame of devo.collectors.out with the official members")
{
    CHECK(
        self_frame(who, {moment, "warning", "OutputProcess::MainThread", "Devo is away"}) ==
        "<14>2024-01-10 09:47:08.290 collector1 devo.collectors.out.local.warning: "
        R"({"msg":"Devo is away","time":"2024-01-10T09:47:08.290Z","level":"warning","collector_name":"acme",)"
        R"("collector_version":"1.2.3","collector_image":"registry/image:1","origin":"OutputProcess::MainThread"})"
        "\n"
    );
}

TEST_CASE("self event: what a puller says carries its input, service and module")
{
    const auto line =
        self_frame(who, {moment, "info", "InputProcess::QualysHostsPuller(qualys,1,host_list,predefined)", "m"});
    CHECK(holds(line, R"("input_name":"qualys","service_name":"host_list","module_name":"QualysHostsPuller")"));
}

TEST_CASE("self event: so does what a set-up says")
{
    const auto line =
        self_frame(who, {moment, "info", "InputProcess::QualysPullerSetup(acme,eu#1,vm_scans#predefined)", "m"});
    CHECK(holds(line, R"("input_name":"eu","service_name":"vm_scans","module_name":"QualysPullerSetup")"));
}

TEST_CASE("self event: a sender's origin names no service")
{
    for (const auto* const origin : {"OutputProcess::DevoSender(standard_senders,devo)", "A(b,c,d,e", "", "()"})
        CHECK_FALSE(holds(self_frame(who, {moment, "info", origin, "m"}), "service_name"));
}

TEST_CASE("self event: no message can end the line or the string")
{
    const auto line = self_frame(who, {moment, "error", "o\n", "one\ntwo \"three\" \\"});
    CHECK(holds(line, R"("msg":"one\ntwo \"three\" \\",)"));
    CHECK(line.find('\n') == line.size() - 1);
}

TEST_CASE("self event: the metric of sent messages")
{
    CHECK(
        metric_frame(who, moment + 300s, {"devo_1", 57, 4321, moment}) ==
        "<14>2024-01-10 09:52:08.290 collector1 devo.collector.metric.message_sent: "
        R"({"col_id":"00123","col_name":"acme","col_version":"1.2.3","col_image":"registry/image:1",)"
        R"("msg_sent":{"part_counter":57,"part_bytes":4321,"since_ts":1704880028290},"output_name":"devo_1"})"
        "\n"
    );
}
