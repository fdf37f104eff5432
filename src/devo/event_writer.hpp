#pragma once

#include "base/utc.hpp"

#include <cstddef>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace qdc::devo
{

/// What an event passes through on its way to a frame: the JSON object of the event in, the same or another one out.
/// Both with all braces.
using event_filter = std::function<std::string(std::string_view)>;

/// How the frames of one service look.
struct event_style
{
    std::string host;         ///< HOST of the frame: the machine that sends
    std::string tag;          ///< the table, "vuln.qualys.hosts"
    std::string environment;  ///< value of @devo_environment; empty: the member is left out
    event_filter filter;      ///< obfuscation; empty: none
    std::string other_tag{};  ///< of some of the events
};

/// Turns JSON objects into frames and gathers them.
///
/// A frame is one line: `<14>YYYY-MM-DD HH:MM:SS.mmm HOST TAG: {json}` with a line feed, in UTC. 14 is user.info; the date
/// is when the event was made. (Devo python-sdk, docs/sender and sender/data.py; collector SDK 1.8.0.) Members that the
/// official collector injects come last: @devo_environment, then @devo_pulling_id.
class event_writer
{
public:
    /// begin_cycle() and at() come before the first event.
    explicit event_writer(event_style style);

    /// Events from here on belong to the pull cycle that started at `start`: their @devo_pulling_id.
    void begin_cycle(utc_time start);

    /// Events from here on are made at `now`.
    void at(utc_time now);

    /// Adds one event: a JSON object without its closing brace, given in pieces.
    void add(std::initializer_list<std::string_view> object);

    /// The same, under the other tag of its style.
    void add_with_other_tag(std::initializer_list<std::string_view> object);

    /// Whether obfuscation changes what these events are made of: then nothing of their answers may be shown elsewhere.
    bool is_filtered() const noexcept { return static_cast<bool>(style_.filter); }

    /// Bytes of finished frames that wait to be taken.
    std::size_t ready_bytes() const noexcept { return ready_.size(); }

    /// Events in them.
    std::size_t ready_events() const noexcept { return events_; }

    /// Hands over the frames gathered so far: where they fill the room in which they were gathered, with it.
    std::string take();

    /// Whether the next frames have no memory of the writer's own to be gathered in.
    bool wants_room() const noexcept { return ready_.capacity() <= std::string().capacity(); }

    /// The next frames are gathered in `room`, an empty text. Only while none waits to be taken.
    void lend(std::string room) noexcept;

    /// For `pull`: the events themselves, one a line, without frame.
    void without_frames() { framed_ = false; }

private:
    void add_filtered(std::initializer_list<std::string_view> object);
    void make_room(std::size_t bytes);

    event_style style_;
    std::string header_;        ///< everything before the JSON
    std::string other_header_;  ///< the same with the other tag
    std::string injected_;      ///< the last members of every event of the cycle, without a leading comma
    std::string ready_;
    std::size_t room_{0};  ///< what was lent
    std::string scratch_;
    std::size_t events_{0};
    bool framed_{true};
};

}  // namespace qdc::devo
