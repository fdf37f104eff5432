#include "devo/event_writer.hpp"

#include "base/json_text.hpp"

#include <utility>

// add({"{\"ID\":\"7\"", ",\"IP\":\"10.0.0.1\""}) writes one frame, here on two lines:
//
//   <14>2024-01-10 09:47:08.290 collector-1 vuln.qualys.hosts: {"ID":"7","IP":"10.0.0.1",
//   "@devo_environment":"prod","@devo_pulling_id":"1704880028000"}
//
//   header_ up to the colon and its blank, the pieces as they are, a comma, injected_ with the closing brace and a line
//   feed. header_ is made once for many events (at()), injected_ once a cycle (begin_cycle()).
namespace qdc::devo
{

namespace
{

constexpr std::size_t usual_bytes = 1u << 20;  // an event beyond that is an exception

}  // namespace

event_writer::event_writer(event_style style) : style_(std::move(style)) {}

/// The members stand without a leading comma: add() knows whether the object has others.
void event_writer::begin_cycle(utc_time start)
{
    injected_.clear();
    if (!style_.environment.empty())
    {
        injected_ += "\"@devo_environment\":";
        append_json_string(injected_, style_.environment);
        injected_ += ',';
    }
    injected_ += "\"@devo_pulling_id\":\"" + epoch_millis(start) + "\"}\n";
}

void event_writer::at(utc_time now)
{
    const auto start = framed_ ? "<14>" + utc_millis(now) + ' ' + style_.host + ' ' : std::string();
    header_ = framed_ ? start + style_.tag + ": " : std::string();
    other_header_ = framed_ && !style_.other_tag.empty() ? start + style_.other_tag + ": " : header_;
}

void event_writer::add_with_other_tag(std::initializer_list<std::string_view> object)
{
    header_.swap(other_header_);
    add(object);
    header_.swap(other_header_);
}

void event_writer::add(std::initializer_list<std::string_view> object)
{
    ++events_;
    // A filter needs the complete object as one text; without one the pieces go straight into the frame.
    if (style_.filter)
    {
        add_filtered(object);
        return;
    }
    auto size = header_.size() + injected_.size() + 1;
    for (const auto piece : object)
        size += piece.size();
    make_room(size);
    ready_ += header_;
    for (const auto piece : object)
        ready_ += piece;
    // An empty object has no member to put a comma behind.
    if (ready_.back() != '{')
        ready_ += ',';
    ready_ += injected_;
}

void event_writer::add_filtered(std::initializer_list<std::string_view> object)
{
    scratch_.clear();
    for (const auto piece : object)
        scratch_ += piece;
    scratch_ += '}';
    // The filter sees the event without the injected members, so it cannot change those.
    std::string changed = style_.filter(scratch_);
    if (scratch_.size() > usual_bytes)
        std::string().swap(scratch_);
    // Its closing brace gives way to the injected members.
    changed.pop_back();
    make_room(header_.size() + changed.size() + 1 + injected_.size());
    ready_ += header_;
    ready_ += changed;
    if (ready_.back() != '{')
        ready_ += ',';
    ready_ += injected_;
}

/// Room for a large event at once: growing step by step would copy it, and hold it twice meanwhile.
void event_writer::make_room(std::size_t bytes)
{
    if (bytes > usual_bytes)
        ready_.reserve(ready_.size() + bytes);
}

void event_writer::lend(std::string room) noexcept
{
    ready_ = std::move(room);
    room_ = ready_.capacity();
}

std::string event_writer::take()
{
    events_ = 0;
    // A text that fills its memory by eight ninths or more, or is unusually large, is handed over without a copy.
    const bool fills_room = ready_.capacity() - ready_.size() <= ready_.size() / 8;
    if (fills_room || ready_.size() > usual_bytes)
        return std::exchange(ready_, {});
    // While it waits for its confirmation a batch is hardly larger than it must be; our own room serves the next one.
    std::string frames(ready_);
    ready_.clear();
    // Memory that grew beyond what was lent is not kept.
    if (ready_.capacity() > room_)
        std::string().swap(ready_);
    return frames;
}

}  // namespace qdc::devo
