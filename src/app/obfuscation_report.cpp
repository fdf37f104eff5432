#include "app/obfuscation_report.hpp"

#include <fmt/format.h>

#include <utility>

namespace qdc::app
{
namespace
{

std::uint64_t ended_cycles(const service_report& report)
{
    std::uint64_t all = 0;
    for (const auto& [outcome, count] : report.cycles)
        all += count;
    return all;
}

}  // namespace

obfuscation_report::obfuscation_report(std::shared_ptr<devo::obfuscator> rules, service_report& report)
    : rules_(std::move(rules)),
      report_(&report),
      cycles_(ended_cycles(report))
{
}

void obfuscation_report::refresh(utc_time now, const log_origin& log)
{
    if (rules_ == nullptr)
        return;
    // What the rules did since the last time is added to the report's counters.
    const auto& counts = rules_->counts();
    add("masked", counts.masked, reported_.masked);
    add("unmatched", counts.unmatched, reported_.unmatched);
    add("mismatched", counts.mismatched, reported_.mismatched);
    add("failed", counts.failed, reported_.failed);

    // The rest only when a cycle has ended since: then it is known which rules matched nothing.
    const auto cycles = ended_cycles(*report_);
    if (cycles == cycles_)
        return;
    cycles_ = cycles;
    for (const auto& rule : rules_->end_cycle())
    {
        const auto fact = rule.found
                              ? fmt::format("the patterns of {} matched nothing in {} events", rule.path, rule.events)
                              : fmt::format("{} was in none of {} events", rule.path, rule.events);
        auto text = fmt::format(
            "obfuscation_data of {}/{}: {}, so the rule masked nothing{}",
            report_->input,
            report_->service,
            fact,
            rule.nearest.empty() ? "" : "; did you mean " + rule.nearest + "?"
        );
        log.warning(trouble_id::obfuscation, text);
        note_error(report_->last_errors, now, trouble_id::obfuscation, std::move(text));
    }
}

void obfuscation_report::add(const char* outcome, std::uint64_t count, std::uint64_t& reported)
{
    if (count != reported)
        report_->obfuscated[outcome] += count - std::exchange(reported, count);
}

}  // namespace qdc::app
