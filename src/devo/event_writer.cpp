#include "devo/event_writer.hpp"

#include "base/json_text.hpp"

#include <utility>

namespace qdc::devo
{

namespace
{

constexpr std::size_t usual_bytes = 1u << 20;  // an event beyond that is an exception

}  // namespace

event_writer::event_writer(event_style style) : style_(std::move(style)) {}

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
    std::string changed = style_.filter(scratch_);
    if (scratch_.size() > usual_bytes)
        std::string().swap(scratch_);
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
    const bool fills_room = ready_.capacity() - ready_.size() <= ready_.size() / 8;
    if (fills_room || ready_.size() > usual_bytes)
        return std::exchange(ready_, {});
    // While it waits for its confirmation a batch is hardly larger than it must be; our own room serves the next one.
    std::string frames(ready_);
    ready_.clear();
    if (ready_.capacity() > room_)
        std::string().swap(ready_);
    return frames;
}

}  // namespace qdc::devo
