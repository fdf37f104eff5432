#include "sandbox/verify.hpp"

#include "sandbox/arrival_store.hpp"
#include "sandbox/change_replay.hpp"
#include "sandbox/expected.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <unordered_set>

namespace qdc::sandbox
{
namespace
{

constexpr std::size_t samples_kept = 5;
constexpr std::size_t sample_bytes = 400;

struct expectation
{
    fingerprint print;
    bool required;

    auto operator<=>(const expectation&) const = default;
};

/// All prints of one kind side by side: how many are expected, demanded and received.
struct tally
{
    std::uint64_t allowed = 0;
    std::uint64_t required = 0;
    std::uint64_t received = 0;
};

bool holds(const std::vector<fingerprint>& sorted, const fingerprint& print)
{
    return std::binary_search(sorted.begin(), sorted.end(), print);
}

class comparison
{
public:
    comparison(const options& from, bool latest_only) : world_(from), latest_only_(latest_only)
    {
        std::ifstream served(std::filesystem::path(from.directory) / "served.jsonl");
        for (std::string line; std::getline(served, line);)
            if (const auto next = from_line(line))
                world_.past.apply(*next);
    }

    verdict run()
    {
        if (world_.settings.plays_changes())
        {
            if (world_.settings.store != "lines")
                throw std::runtime_error("changes can only be verified with --store lines");
            replay_.emplace(world_);
        }
        read_arrived();
        if (replay_)
            out_.changes = replay_->end();
        for (std::size_t i = 0; i < service_names.size(); ++i)
            judge(i);
        return std::move(out_);
    }

private:
    void read_arrived()
    {
        const auto take = [this](const arrival& what, const fingerprint& print, std::string_view line)
        {
            if (is_event(what.kind))
                arrived_[static_cast<std::size_t>(what.kind)].push_back(print);
            else if (what.kind == arrival_kind::changes)
            {
                if (replay_)
                    replay_->take(what.body, line);
            }
            else if (what.kind == arrival_kind::telemetry)
                ++out_.telemetry;
            else
            {
                const bool malformed = what.kind == arrival_kind::malformed;
                ++(malformed ? out_.malformed : out_.unknown_tag);
                keep_sample(out_.samples, malformed ? "malformed" : "unknown tag", line, sample_bytes);
            }
        };
        read_arrivals(world_.settings, take);
    }

    void judge(std::size_t service)
    {
        auto& arrived = arrived_[service];
        auto& result = out_.services[service];
        result.received = arrived.size();
        std::sort(arrived.begin(), arrived.end());
        auto expected = expected_prints(service);
        std::vector<fingerprint> missing, strange;
        auto received = arrived.begin();
        for (auto group = expected.begin(); group != expected.end();)
        {
            const auto print = group->print;
            tally count;
            for (; group != expected.end() && group->print == print; ++group)
            {
                ++count.allowed;
                count.required += group->required ? 1U : 0U;
            }
            for (; received != arrived.end() && *received < print; ++received)
                strange.push_back(*received);
            for (; received != arrived.end() && *received == print; ++received)
                ++count.received;
            result.allowed += count.allowed;
            result.expected += count.required;
            if (count.received < count.required)
            {
                result.missing += count.required - count.received;
                missing.push_back(print);
            }
            if (count.received > count.allowed)
                result.duplicates += count.received - count.allowed;
        }
        strange.insert(strange.end(), received, arrived.end());
        arrived = {};
        expected = {};
        if (!missing.empty())
            show_missing(service, missing);
        if (!strange.empty())
            sort_out_strange(service, strange);
    }

    std::vector<expectation> expected_prints(std::size_t service)
    {
        std::vector<expectation> prints;
        if (!world_.settings.plays(service_names[service]))
            return prints;
        const auto add = [this, &prints](const expected_event& event) {
            prints.push_back({hash_(event.body), event.required});
        };
        expect_events(world_, service_names[service], latest_only_, add);
        std::sort(prints.begin(), prints.end());
        return prints;
    }

    void show_missing(std::size_t service, const std::vector<fingerprint>& missing)
    {
        auto& samples = out_.services[service].samples;
        const auto look = [this, &samples, &missing](const expected_event& event)
        {
            if (samples.size() < samples_kept && holds(missing, hash_(event.body)))
                keep_sample(samples, "missing", event.body, sample_bytes);
        };
        expect_events(world_, service_names[service], latest_only_, look);
    }

    /// An event that was not expected is altered when its identity is known, else invented. A second copy of a
    /// strange event is a duplicate as well, but what it is weighs more.
    void sort_out_strange(std::size_t service, const std::vector<fingerprint>& strange)
    {
        auto& result = out_.services[service];
        std::unordered_set<std::string> known;
        const auto learn = [&known, service](const expected_event& event)
        { known.insert(identity_of(service_names[service], event.body)); };
        if (world_.settings.plays(service_names[service]))
            expect_events(world_, service_names[service], latest_only_, learn);
        known.erase(std::string());
        const auto look =
            [&strange, &known, &result, service](const arrival& what, const fingerprint& print, std::string_view line)
        {
            if (static_cast<std::size_t>(what.kind) != service || !holds(strange, print))
                return;
            const bool altered = !line.empty() && known.count(identity_of(service_names[service], what.body)) != 0;
            ++(altered ? result.altered : result.invented);
            keep_sample(result.samples, altered ? "altered" : "invented", what.body, sample_bytes);
        };
        read_arrivals(world_.settings, look);
    }

    world world_;
    bool latest_only_;
    hasher hash_;
    std::optional<change_replay> replay_;
    std::array<std::vector<fingerprint>, service_names.size()> arrived_;
    verdict out_;
};

}  // namespace

void keep_sample(std::vector<std::string>& samples, std::string_view fault, std::string_view text, std::size_t longest)
{
    if (samples.size() >= samples_kept)
        return;
    std::string line(fault);
    line += ": ";
    // Not in the middle of a character: --json is UTF-8.
    auto end = std::min(longest, text.size());
    while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
        --end;
    line += text.substr(0, end);
    samples.push_back(std::move(line));
}

bool verdict::complete() const
{
    const auto good = [](const service_verdict& one) { return one.missing + one.invented + one.altered == 0; };
    return malformed == 0 && unknown_tag == 0 && std::all_of(services.begin(), services.end(), good) &&
           (!changes || good(*changes));
}

std::uint64_t verdict::duplicates() const
{
    std::uint64_t sum = changes ? changes->duplicates : 0;
    for (const auto& one : services)
        sum += one.duplicates;
    return sum;
}

verdict verify(const options& from, bool latest_only)
{
    return comparison(from, latest_only).run();
}

}  // namespace qdc::sandbox
