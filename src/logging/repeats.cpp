#include "logging/repeats.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

// One origin, a window of 60 s:
//
//   00:00  "no answer"    written
//   00:05  "no answer"    counted
//   00:20  "no answer"    counted
//   00:30  "connected"    "the last message of X was repeated 2 times", then "connected"
//
//   00:00  "no answer"    written
//   00:05  "no answer"    counted
//   01:10  "no answer"    "… was repeated 1 time", then "no answer": a new window begins
//
// The same with a trouble that lasts:
//
//   00:00  "Next try in 1.0 s"   written
//   00:01  "Next try in 1.8 s"   counted
//   00:03  "Next try in 3.1 s"   counted
//   01:10  "Next try in 55.2 s"  "Next try in 55.2 s (and 2 more since the last such line)"; shown again after 120 s
namespace qdc::logging
{
namespace
{

/// Origins remembered at a time: more than inputs, services and senders of a large configuration.
constexpr std::size_t origin_limit = 128;

/// Troubles remembered at a time.
constexpr std::size_t lasting_limit = 256;

/// A trouble that did not come for so long is over: tries are at most a minute and the time of a connection apart.
constexpr auto lull = std::chrono::minutes(2);

/// So long at most nothing is shown of a trouble that goes on.
constexpr auto longest_window = std::chrono::minutes(5);

/// What is tried again until it works, so that it may come any number of times. The others name what they are about, perhaps
/// by a number alone: a host in quarantine, a line of the configuration.
bool may_last(const log_record& record)
{
    if (!record.id)
        return false;
    switch (*record.id)
    {
        // The end of a cycle; a warning says which version is gone.
        case trouble_id::retired:
            return record.level == log_level::error;
        case trouble_id::connection:
        case trouble_id::timeout:
        case trouble_id::cut:
        case trouble_id::malformed:
        case trouble_id::other_document:
        case trouble_id::unavailable:
        case trouble_id::hostname:
        case trouble_id::rate_limit:
        case trouble_id::concurrency_limit:
        case trouble_id::refused:
        case trouble_id::login:
        case trouble_id::output_unreachable:
        case trouble_id::output_lost:
        case trouble_id::never_closed:
        case trouble_id::unconfirmed:
        case trouble_id::checkpoint_unsaved:
        case trouble_id::store_unusable:
        case trouble_id::status_connection:
            return true;
        default:
            return false;
    }
}

/// Whether it stands in the first group of the list of ids.
bool is_of_a_call(trouble_id id)
{
    return id <= trouble_id::retired;
}

bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

/// The message with its numbers left out, and the plural behind each: of "1 event, 0.9 s" and "20 events, 3 s" it makes the
/// same "# event, # ". Behind it come status and code of an answer, which say more than a number.
std::string gist_of(const log_record& record)
{
    std::string gist;
    const auto& text = record.message;
    for (std::size_t i = 0; i < text.size();)
    {
        if (!is_digit(text[i]))
        {
            gist += text[i++];
            continue;
        }
        // A number, with its point.
        gist += '#';
        while (i < text.size() && (is_digit(text[i]) || text[i] == '.'))
            ++i;
        // The word behind it, without an s at its end.
        if (i < text.size() && text[i] == ' ')
            gist += text[i++];
        while (i < text.size() && text[i] >= 'a' && text[i] <= 'z')
            gist += text[i++];
        if (gist.back() == 's')
            gist.pop_back();
    }
    for (const auto& field : record.fields)
        if (field.name == "http_status" || field.name == "qualys_code")
            if (const auto* const number = std::get_if<std::uint64_t>(&field.value))
                gist += '|' + std::to_string(*number);
    return gist;
}

}  // namespace

log_repeats::log_repeats(log& out, clock now, std::chrono::steady_clock::duration window)
    : out_(&out),
      now_(std::move(now)),
      window_(window)
{
}

log_repeats::~log_repeats()
{
    for (auto& last : recent_)
        write_count(last);
    for (auto& trouble : lasting_)
        write_count(trouble);
}

void log_repeats::write_lasting(log_record record)
{
    const auto now = now_();
    auto gist = gist_of(record);
    const auto known = std::ranges::find_if(
        lasting_,
        [&record, &gist](const lasting& trouble)
        {
            return trouble.shown.origin == record.origin && trouble.shown.level == record.level &&
                   trouble.shown.id == record.id && trouble.gist == gist;
        }
    );
    if (known == lasting_.end())
    {
        if (lasting_.size() == lasting_limit)
        {
            write_count(lasting_.back());
            lasting_.pop_back();
        }
        lasting_.push_front({record, std::move(gist), now, now, window_, 0});
        out_->write(std::move(record));
        return;
    }

    lasting_.splice(lasting_.begin(), lasting_, known);
    const bool goes_on = now - std::exchange(known->seen_at, now) < lull;
    // Shown a moment ago.
    if (goes_on && now - known->shown_at < known->window)
    {
        ++known->repeats;
        return;
    }
    // Shown again, and less often the longer it lasts; as something new where it had been over.
    known->window =
        goes_on ? std::min<std::chrono::steady_clock::duration>(2 * known->window, longest_window) : window_;
    known->shown_at = now;
    known->shown = record;
    if (const auto count = std::exchange(known->repeats, 0); count != 0)
    {
        record.message += fmt::format(" (and {} more since the last such line)", count);
        record.fields.push_back({"repeats", count});
    }
    out_->write(std::move(record));
}

/// Something else came from there, perhaps that the trouble is over.
void log_repeats::interrupted(const log_record& record)
{
    const bool over =
        std::ranges::any_of(record.fields, [](const log_field& field) { return field.name == "lasted_seconds"; });
    for (auto trouble = lasting_.begin(); trouble != lasting_.end();)
    {
        const bool its_own = trouble->shown.origin == record.origin;
        if (its_own)
            trouble->window = window_;
        const bool ends = its_own && over && !is_of_a_call(*trouble->shown.id);
        if (ends)
            write_count(*trouble);
        trouble = ends ? lasting_.erase(trouble) : std::next(trouble);
    }
}

void log_repeats::write(log_record record)
{
    if (!out_->enabled(record.level))
        return;
    if (may_last(record))
    {
        write_lasting(std::move(record));
        return;
    }
    interrupted(record);
    const auto now = now_();
    const auto known =
        std::find_if(recent_.begin(), recent_.end(), [&record](const memory& m) { return m.origin == record.origin; });
    if (known == recent_.end())
    {
        // The origin that was quiet for longest makes space; its count must not be lost with it.
        if (recent_.size() == origin_limit)
        {
            write_count(recent_.back());
            recent_.pop_back();
        }
        recent_.push_front({record.level, record.id, record.origin, record.message, now, 0});
        out_->write(std::move(record));
        return;
    }

    // The origin is the latest now.
    recent_.splice(recent_.begin(), recent_, known);
    const bool same = known->level == record.level && known->message == record.message;
    if (same && now - known->shown_at < window_)
    {
        ++known->repeats;
        return;
    }
    // Another message, or the window is over: the count first, then the record, which begins a new window.
    write_count(*known);
    known->level = record.level;
    known->id = record.id;
    known->message = record.message;
    known->shown_at = now;
    out_->write(std::move(record));
}

void log_repeats::sweep()
{
    const auto now = now_();
    for (auto& last : recent_)
        if (now - last.shown_at >= window_)
            write_count(last);
    for (auto trouble = lasting_.begin(); trouble != lasting_.end();)
    {
        const bool over = now - trouble->seen_at >= lull;
        if (over)
            write_count(*trouble);
        trouble = over ? lasting_.erase(trouble) : std::next(trouble);
    }
}

/// What was not shown of a trouble that is over.
void log_repeats::write_count(lasting& trouble)
{
    const auto count = std::exchange(trouble.repeats, 0);
    if (count == 0)
        return;
    auto record = trouble.shown;
    record.message = fmt::format("{} more such {}: {}", count, count == 1 ? "line" : "lines", record.message);
    record.fields.push_back({"repeats", count});
    out_->write(std::move(record));
}

/// Passes on how often the message came again, under the level and id of that message.
void log_repeats::write_count(memory& last)
{
    if (last.repeats == 0)
        return;
    const auto count = std::exchange(last.repeats, 0);
    out_->write(
        {last.level,
         last.origin,
         fmt::format("the last message of {} was repeated {} {}", last.origin, count, count == 1 ? "time" : "times"),
         {{"repeats", count}},
         last.id}
    );
}

}  // namespace qdc::logging
