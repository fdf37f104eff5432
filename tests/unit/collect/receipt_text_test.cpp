#include "collect/receipt_text.hpp"

#include <boost/json/parse.hpp>

#include <doctest/doctest.h>

using namespace qdc;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace
{

const utc_time noon = std::chrono::sys_days(std::chrono::year(2024) / 1 / 10) + 12h;

receipt sample()
{
    receipt cycle;
    cycle.pulling_id = "1704888000000";
    cycle.outcome = "partial";
    cycle.window_until = noon;
    cycle.requests = 4;
    cycle.pages = 3;
    cycle.bytes = 5000000000;
    cycle.received = 12;
    cycle.filtered = 1;
    cycle.duplicate = 2;
    cycle.sent = 9;
    cycle.confirmed = 5;
    return cycle;
}

service_report owner()
{
    service_report service;
    service.input = "a \"quoted\" one";
    service.service = "host_list";
    service.watermark = noon;
    service.quarantined.resize(130);
    return service;
}

}  // namespace

TEST_CASE("receipt: as an event it is one object whose numbers are numbers")
{
    const auto all = json::parse(collect::receipt_json(sample(), owner())).as_object();
    CHECK(all.at("input").as_string() == "a \"quoted\" one");
    CHECK(all.at("service").as_string() == "host_list");
    CHECK(all.at("cycle").as_string() == "1704888000000");
    CHECK(all.at("outcome").as_string() == "partial");
    CHECK(all.at("window_from").is_null());
    CHECK(all.at("window_until").as_string() == "2024-01-10T12:00:00Z");
    CHECK(all.at("bytes").as_int64() == 5000000000);
    CHECK(all.at("received").as_int64() == 12);
    CHECK(all.at("filtered").as_int64() == 1);
    CHECK(all.at("duplicate").as_int64() == 2);
    CHECK(all.at("sent").as_int64() == 9);
    CHECK(all.at("confirmed").as_int64() == 9);  // it arrives behind them
    CHECK(all.at("watermark").as_string() == "2024-01-10T12:00:00Z");
    CHECK(all.at("version").as_string() == QDC_VERSION);
    CHECK(all.at("quarantined").as_array().size() == 100);
}

TEST_CASE("receipt: the fields of a log line are the figures of its text")
{
    const auto fields = collect::receipt_fields(sample(), owner());
    const auto text = collect::receipt_text(sample());
    for (const auto& field : fields)
    {
        const auto& name = field.name;
        const auto& value = field.value;
        const auto* const number = std::get_if<std::uint64_t>(&value);
        const auto words = number != nullptr ? std::to_string(*number) : std::get<std::string>(value);
        const bool is_figure = name != "pulling_id" && name != "outcome" && !name.starts_with("window");
        CHECK_MESSAGE(is_figure == (number != nullptr), name);
        if (name != "quarantined" && !name.starts_with("window"))
            CHECK_MESSAGE(text.find(words) != std::string::npos, name);
    }
    CHECK(fields.size() == 13);
}
