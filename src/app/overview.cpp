#include "app/overview.hpp"

#include <algorithm>

namespace qdc::app
{
namespace
{

void mask(std::deque<error_note>& notes, const logging::secret_mask& secrets)
{
    for (auto& note : notes)
        secrets.mask(note.text);
}

service_report masked(service_report one, const logging::secret_mask& secrets)
{
    // Every text that may quote what Qualys or a peer sent back.
    secrets.mask(one.doing);
    secrets.mask(one.save_failure);
    mask(one.last_errors, secrets);
    for (auto& host : one.quarantined)
        secrets.mask(host.reason);
    if (one.last)
        secrets.mask(one.last->why);
    return one;
}

bool has_started(const service_report& one)
{
    return one.phase != service_phase::starting && one.phase != service_phase::stopped;
}

}  // namespace

collector_report overview(
    const program_report& program, const parts& moving, const time_source& time, const logging::secret_mask& secrets
)
{
    collector_report all;
    // Both clocks at the same moment, so that spans and dates fit together.
    all.now = time.utc_now();
    all.steady_now = time.now();
    all.started = program.started;
    all.stopping = program.stopping;
    all.reloaded = program.reloaded;
    all.reload_failure = program.reload_failure;
    secrets.mask(all.reload_failure);
    all.loop_lag = program.loop_lag;
    all.log_dropped = program.log_dropped;
    // Each report is brought up to date, and copied with its secrets masked: the original stays as it is.
    for (const auto& part : moving.pullers)
    {
        part.puller->refresh_report();
        all.services.push_back(masked(*part.report, secrets));
    }
    // What the inputs know of their quotas.
    for (const auto& shared : moving.subscriptions)
        for (auto& quota : shared->report(time))
            all.quotas.push_back(std::move(quota));
    for (const auto& output : moving.outputs)
    {
        // The output's report, and how long its certificates hold.
        all.outputs.push_back(output.out->report());
        mask(all.outputs.back().last_errors, secrets);
        all.outputs.back().certificate_fault = output.certificates->fault();
        const auto certificates = output.certificates->now();
        all.certificates.insert(all.certificates.end(), certificates.begin(), certificates.end());
    }
    // Ready means that every service got through its start, and that no stop has begun.
    all.ready = !all.stopping && std::ranges::all_of(all.services, has_started);
    return all;
}

}  // namespace qdc::app
