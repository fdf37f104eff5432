#pragma once

#include "base/utc.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace qdc::services
{

/// Which hosts were handed out near the end of a window. The next window overlaps it, so Qualys gives them again; those
/// that come back the same, byte for byte, are dropped.
///
/// Bounded by what Qualys processes within the overlap, never by what was pulled before; beyond 4,000 hosts it forgets,
/// and those would come twice.
class host_memory
{
public:
    /// A new window opens. Hosts that were processed at or after `again_from` are going to be asked for again by the
    /// window after it; `short_window`: remember all of them, whatever dates they carry; `brings_new`: the window reaches
    /// beyond the last one, otherwise what is remembered of that stays.
    void turn(utc_time again_from, bool short_window, bool brings_new = true);

    /// The open window turned out to end earlier.
    void again_from(utc_time time) noexcept { again_from_ = time; }

    /// Nothing is to be remembered here: the hosts of the last window are known otherwise.
    void turn_off() noexcept { off_ = true; }

    /// Everything is to be handed out, whatever the last window brought.
    void forget_known();

    /// A host is handed out; `print` is the fingerprint of all its events, `processed` the newest date it carries.
    void note(std::uint64_t id, std::uint64_t print, std::optional<utc_time> processed);

    /// What the last window's events of this host looked like.
    std::optional<std::uint64_t> known(std::uint64_t id) const;

    // As text for the state: "id:print,id:print,…" in hexadecimal.

    const std::string& known_text() const noexcept { return known_text_; }

    const std::string& gathered_text() const noexcept { return gathered_; }

    /// False: the texts are none of these.
    bool restore(std::string_view known, std::string_view gathered, utc_time again_from, bool short_window);

private:
    utc_time again_from_{utc_time::max()};
    bool short_window_{false};
    bool off_{false};
    std::unordered_map<std::uint64_t, std::uint64_t> known_;
    std::string known_text_;
    std::string gathered_;
    std::size_t gathered_hosts_{0};
};

}  // namespace qdc::services
