#include "devo/event_writer.hpp"

#include "base/json_text.hpp"

#include <utility>

namespace qdc::devo
{

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
    header_ = framed_ ? "<14>" + utc_millis(now) + ' ' + style_.host + ' ' + style_.tag + ": " : std::string();
}

void event_writer::add(std::initializer_list<std::string_view> object)
{
    ++events_;
    if (style_.filter)
    {
        add_filtered(object);
        return;
    }
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
    changed.pop_back();
    if (changed.back() != '{')
        changed += ',';
    ready_ += header_;
    ready_ += changed;
    ready_ += injected_;
}

std::string event_writer::take()
{
    events_ = 0;
    return std::exchange(ready_, {});
}

}  // namespace qdc::devo
