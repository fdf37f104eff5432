#pragma once

#include "base/utc.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qdc::services
{

/// Which hosts were handed out near the end of a window. The next window overlaps it, so Qualys gives them again; those
/// that come back the same, byte for byte, are dropped.
///
/// No answer says when Qualys processed a host; its dates only say that it was not before the newest of them. So hosts
/// with a date within the overlap are all remembered, up to 50,000. Of the others any may come again, and the newest ones
/// are remembered: of a window of up to an hour some ten thousands, of a longer one 200. What is beyond that is
/// forgotten, and would come twice.
class host_memory
{
public:
    /// A new window opens. Hosts that were processed at or after `again_from` are going to be asked for again by the
    /// window after it; `short_window`: few hosts are in it, so remember more of those whose dates are older;
    /// `brings_new`: the window reaches beyond the last one, otherwise what is remembered of that stays.
    void turn(utc_time again_from, bool short_window, bool brings_new = true);

    /// The open window turned out to end earlier.
    void again_from(utc_time time) noexcept { again_from_ = time; }

    /// Nothing is to be remembered here: the hosts of the last window are known otherwise.
    void turn_off() noexcept { off_ = true; }

    /// Everything is to be handed out, whatever the last window brought.
    void forget_known();

    /// A host is handed out; `print` is the fingerprint of all its events, `newest` the newest date that it carries.
    void note(std::uint64_t id, std::uint64_t print, std::optional<utc_time> newest);

    /// What the last window's events of this host looked like.
    std::optional<std::uint64_t> known(std::uint64_t id) const;

    /// Hosts that are likely to come again had to be forgotten.
    bool is_overfull() const noexcept { return overfull_; }

    // As text for the state, see host_memory.cpp: some 13 bytes a host.

    const std::string& known_text() const noexcept { return known_text_; }

    const std::string& gathered_text() const noexcept { return gathered_text_; }

    /// False: the texts are none of these, nor of an earlier version ("id:print,id:print,…" in hexadecimal).
    bool restore(std::string_view known, std::string_view gathered, utc_time again_from, bool short_window);

private:
    using host_print = std::pair<std::uint64_t, std::uint64_t>;  ///< id, fingerprint

    /// A host that the open window gave.
    struct gathered_host
    {
        host_print host;
        utc_time newest;  ///< one of the two below, or a date in front of the overlap
    };

    static constexpr utc_time sure = utc_time::max();     ///< a date within the overlap: it comes again
    static constexpr utc_time undated = utc_time::min();  ///< no date at all

    std::size_t& count(utc_time newest) noexcept;
    void gather(const gathered_host& one);
    void thin(std::size_t most);
    void forget_gathered();

    utc_time again_from_{utc_time::max()};
    bool short_window_{false};
    bool off_{false};
    bool overfull_{false};
    std::vector<host_print> known_;  ///< by their ids; of two with the same one the later counts
    std::string known_text_;
    std::vector<gathered_host> gathered_;  ///< as they came
    std::string gathered_text_;            ///< of all of them
    std::size_t sure_{0};                  ///< how many of them are
    std::size_t dated_{0};
    std::size_t undated_{0};
};

}  // namespace qdc::services
