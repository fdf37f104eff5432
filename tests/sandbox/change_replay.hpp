#pragma once

#include "sandbox/digest.hpp"
#include "sandbox/verify.hpp"
#include "sandbox/view.hpp"
#include "sandbox/world.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace qdc::sandbox
{

/// Replays the events of what changed and compares the estate that they add up to with the sandbox's own.
///
/// An event must be one of a version that its host has had; its `@change` and `@was` must be what follows from the state that
/// the events before it left. A collector that was killed begins again with an earlier state: an event that follows from
/// such a one is a duplicate. In the end each finding must be known as its host's newest version has it: else something is
/// missing.
class change_replay
{
public:
    /// `in` outlives it.
    explicit change_replay(const world& in);

    /// In the order of arrival. `body`: without the members of Devo's side; `line`: the whole line, which is sent again as it
    /// is when a connection breaks.
    void take(std::string_view body, std::string_view line);

    service_verdict end();

private:
    /// What counts of a finding in one version of its host.
    struct state
    {
        std::uint64_t version = 0;
        fingerprint print;
        std::string status;
        std::string was;  ///< as `@was` says it
    };

    struct finding
    {
        std::uint64_t host = 0;
        std::map<std::uint64_t, state> shown;      ///< by version
        std::vector<const state*> known{nullptr};  ///< one after the other, as the events say; nullptr: it is not known
    };

    /// An event taken apart.
    struct parts
    {
        std::string_view object;  ///< without what tells the change, and without the join
        std::string_view change;
        std::string_view was;  ///< `{...}`, or empty
    };

    void learn_host(std::uint64_t host, std::uint64_t version);
    void learn_finding(std::uint64_t host, std::uint64_t version, std::string_view host_part, std::string_view members);
    void take_gone(const parts& event, std::string_view body);
    void take_host_gone(const parts& event, std::string_view body);
    bool follows(finding& one, const parts& event, const state* now, std::string_view body);
    void count_again(std::string_view body);
    void note(std::uint64_t& count, std::string_view fault, std::string_view body);

    const world& in_;
    host_view view_;
    hasher hash_;
    std::map<std::string, finding, std::less<>> findings_;  ///< by the ID of the host and the JSON that it is known by
    std::unordered_map<std::uint64_t, std::vector<std::string>> of_host_;
    std::map<fingerprint, std::vector<std::pair<std::string, std::uint64_t>>> bodies_;  ///< the finding and the version
    std::map<fingerprint, std::uint64_t> host_parts_;                                   ///< the host
    std::set<fingerprint> lines_;
    service_verdict out_;
};

}  // namespace qdc::sandbox
