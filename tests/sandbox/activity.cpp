#include "sandbox/activity.hpp"

#include "sandbox/rng.hpp"

#include <algorithm>

namespace qdc::sandbox
{
namespace
{

constexpr std::uint64_t first_id = 500001;
constexpr std::uint64_t id_step = 3;
constexpr std::uint64_t newest_age = 180;  // seconds: older than any settle delay a first cycle has

constexpr std::array<std::string_view, 6> actions{"login", "logout", "request", "launch", "update", "finished"};
constexpr std::array<std::string_view, 6> modules{"auth", "auth", "auth", "scan", "asset_group", "report"};
constexpr std::array<std::string_view, 5> users{"acme_ab1", "acme_sv2", "acme_jd3", "acme_öl4", "N/A"};

constexpr std::array<std::string_view, 8> details{
    "user_logged in",
    "API: /api/2.0/fo/activity_log/index.php",
    "Scan \"Weekly DMZ\" launched, 12 hosts, option profile: Initial Options",
    "Title changed from 'A' to 'B'\nby the owner",
    "{\"k\": \"v, w\", \"n\": [1, 2]}",
    "Report finished:\n----END_RESPONSE_BODY_CSV\n----BEGIN_RESPONSE_FOOTER_CSV\nis only text",
    "größe=42; 日本語; 😀; back\\slash\ttab",
    "\"\"",
};

/// The batch of arrivals that holds a row beyond the seed's.
const rows_arrived& batch_of(const world& in, std::uint64_t row)
{
    auto left = row - in.settings.activity;
    for (const auto& batch : in.past.arrivals())
    {
        if (left < batch.count)
            return batch;
        left -= batch.count;
    }
    return in.past.arrivals().back();
}

}  // namespace

std::uint64_t activity_count(const world& in)
{
    auto count = in.settings.activity;
    for (const auto& batch : in.past.arrivals())
        count += batch.count;
    return count;
}

instant activity_time(const world& in, std::uint64_t row)
{
    if (row >= in.settings.activity)
        return batch_of(in, row).at;
    if (row % 50 == 49)  // equal to the row before: both are real
        --row;
    const auto span = in.settings.activity_hours * 3600;
    const auto age =
        newest_age + span * (in.settings.activity - row) / std::max<std::uint64_t>(1, in.settings.activity);
    return in.begin - std::chrono::seconds(age);
}

std::uint64_t activity_id(std::uint64_t row)
{
    return first_id + row * id_step;
}

std::uint64_t rows_up_to(const world& in, std::uint64_t id)
{
    if (id < first_id)
        return 0;
    return std::min(activity_count(in), (id - first_id) / id_step + 1);
}

activity_row activity_of(const world& in, std::uint64_t row)
{
    activity_row made;
    const bool arrived = row >= in.settings.activity;
    const bool own = arrived && batch_of(in, row).own;
    made.required = !arrived || batch_of(in, row).required;
    const auto same_as = !arrived && row % 50 == 49 ? row - 1 : row;
    dice any(in.settings.seed, topic::activity, same_as);
    const auto what = own ? 2 : any.below(actions.size());
    const auto text = own ? std::string(details[1]) : std::string(any.pick(details));
    const auto user = own ? std::string_view(in.settings.user) : any.pick(users);
    made.fields[0] = to_text(activity_time(in, row));
    made.fields[1] = actions[what];
    made.fields[2] = modules[what];
    // A number in most details keeps different rows different.
    made.fields[3] = any.one_in(6) ? text : text + " #" + std::to_string(same_as);
    made.fields[4] = user;
    // Only managers may ask for the rows of one user.
    const bool reader = in.settings.refuse_username && user == in.settings.user;
    made.fields[5] = user == "N/A" ? "N/A" : reader ? "Reader" : "Manager";
    made.fields[6] = user == "N/A" ? "N/A" : "203.0.113." + std::to_string(any.below(250));
    return made;
}

}  // namespace qdc::sandbox
