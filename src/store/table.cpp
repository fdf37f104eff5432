// What waits in front of the disk, after put(5, a), seal() = 1, put(5, b), erase(7), seal() = 2, put(9, c):
//
//   waiting_   5: [1: a] [2: b]     7: [2: erased]     9: [3: c]          of each key the oldest version first
//   writes_    (1, 5) (2, 5) (2, 7) (3, 9)                                in the order of generations
//
// save(1) writes a under 5, and forget_up_to(1) leaves:
//
//   waiting_   5: [2: b]            7: [2: erased]     9: [3: c]
//   writes_    (2, 5) (2, 7) (3, 9)

#include "store/table.hpp"

#include "base/number.hpp"
#include "flow/other_thread.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace qdc::store
{

namespace asio = boost::asio;

namespace
{

/// On the disk thread: one transaction with all changes.
asio::awaitable<error_code> write_now(const disk_table* on_disk, changes wanted)
{
    const auto failure = on_disk->write(wanted);
    co_return failure;
}

}  // namespace

table::table(std::optional<disk_table> on_disk, asio::thread_pool* disk) : on_disk_(std::move(on_disk)), disk_(disk)
{
    read_disk();
}

/// What is durable, at the start and after rewind().
void table::read_disk()
{
    if (!on_disk_)
        return;
    size_ = on_disk_->size();
    notes_ = on_disk_->notes();
    // The number of the newest generation is a note too, but not one of the service.
    if (const auto number = notes_.find(generation_note); number != notes_.end())
    {
        saved_generation_ = number_in<std::uint64_t>(number->second).value_or(0);
        notes_.erase(number);
    }
    // What is put from here on is newer than everything on the disk.
    open_generation_ = std::max(open_generation_, saved_generation_ + 1);
}

std::optional<std::string_view> table::find(std::uint64_t key)
{
    // The newest version that waits hides what is on the disk, also where it says "erased".
    const auto found = waiting_.find(key);
    if (found != waiting_.end())
    {
        const auto& newest = found->second.back().value;
        return newest ? std::optional<std::string_view>(*newest) : std::nullopt;
    }
    // After clear() nothing on the disk counts, although it is still there until the next save.
    return on_disk_ && !cleared_ ? on_disk_->find(key) : std::nullopt;
}

/// Two ascending sequences, of which the one in memory covers the one on disk.
std::optional<std::uint64_t> table::next(std::uint64_t key)
{
    // The lesser of the two places, step by step upwards.
    auto in_memory = waiting_.lower_bound(key);
    auto below = on_disk_ && !cleared_ ? on_disk_->next(key) : std::nullopt;
    for (;;)
    {
        // The disk's key comes first, or memory has none left.
        const bool memory_first = in_memory != waiting_.end() && (!below || in_memory->first <= *below);
        if (!memory_first)
            return below;
        // A value in memory: newer than what the disk may have under that key.
        if (in_memory->second.back().value)
            return in_memory->first;
        // Erased, and not on disk yet: both sequences step over it.
        const bool last = in_memory->first == ~std::uint64_t{0};
        if (below && *below == in_memory->first)
            below = last ? std::nullopt : on_disk_->next(in_memory->first + 1);
        ++in_memory;
    }
}

/// Whether the key has a value now, in memory or on the disk.
bool table::has(std::uint64_t key)
{
    const auto found = waiting_.find(key);
    if (found != waiting_.end())
        return found->second.back().value.has_value();
    return on_disk_ && !cleared_ && on_disk_->next(key) == key;
}

void table::put(std::uint64_t key, std::string value)
{
    if (!has(key))
        ++size_;
    wait(key, std::move(value));
}

void table::erase(std::uint64_t key)
{
    if (!has(key))
        return;
    --size_;
    wait(key, std::nullopt);
}

/// What is not to be written anywhere does not wait.
std::size_t table::bytes_waiting(const std::optional<std::string>& value) const
{
    return on_disk_ && value ? value->size() : 0;
}

/// A version of an older generation stays beside the new one: its events may be confirmed alone.
void table::wait(std::uint64_t key, std::optional<std::string> value)
{
    changed_ = true;
    auto& versions = waiting_[key];
    waiting_bytes_ += bytes_waiting(value);
    // The same generation: only its last word counts, and writes_ names the key already.
    if (!versions.empty() && versions.back().generation == open_generation_)
    {
        waiting_bytes_ -= bytes_waiting(versions.back().value);
        versions.back().value = std::move(value);
        return;
    }
    versions.push_back({open_generation_, std::move(value)});
    writes_.push_back({open_generation_, key});
}

std::string table::note(std::string_view name) const
{
    const auto found = notes_.find(name);
    return found == notes_.end() ? std::string() : found->second;
}

void table::set_note(std::string_view name, std::string text)
{
    auto& note = notes_[std::string(name)];
    if (note == text)
        return;
    note = std::move(text);
    notes_changed_ = true;
    changed_ = true;
}

void table::clear()
{
    // Values, and the notes too: an empty text hides the note on the disk.
    waiting_.clear();
    writes_.clear();
    waiting_bytes_ = 0;
    size_ = 0;
    for (auto& [name, text] : notes_)
        text.clear();
    notes_changed_ = true;
    // Until it is saved, find() and next() pass over the disk.
    cleared_ = open_generation_;
    changed_ = true;
}

/// Closes the open generation; without a change since the last one there is nothing to close, and its number stays.
std::uint64_t table::seal()
{
    return std::exchange(changed_, false) ? open_generation_++ : open_generation_ - 1;
}

void table::rewind()
{
    // In memory alone: versions up to the last save stay, newer ones go.
    if (!on_disk_)
    {
        // Nothing is durable here but what was saved by word.
        for (const auto& [generation, key] : writes_)
        {
            auto found = waiting_.find(key);
            if (found == waiting_.end())
                continue;
            std::erase_if(found->second, [this](const version& one) { return one.generation > saved_generation_; });
            if (found->second.empty())
                waiting_.erase(found);
        }
        size_ = waiting_.size();
    }
    // On disk: everything that waits goes, and what is durable is read again.
    else
    {
        waiting_.clear();
    }
    writes_.clear();
    waiting_bytes_ = 0;
    notes_changed_ = false;
    cleared_.reset();
    // A generation's number is never used twice: states may name the one that was open.
    open_generation_ += changed_ ? 1 : 0;
    changed_ = false;
    read_disk();
}

/// Ascending, each once.
std::vector<std::uint64_t> table::keys_up_to(std::uint64_t generation) const
{
    std::vector<std::uint64_t> keys;
    for (auto one = writes_.begin(); one != writes_.end() && one->generation <= generation; ++one)
        keys.push_back(one->key);
    // Keys that were written in several generations come several times.
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    return keys;
}

changes table::changes_up_to(std::uint64_t generation) const
{
    changes wanted;
    wanted.clear = cleared_.has_value();
    // Of each key the newest version that is not beyond `generation`.
    for (const auto key : keys_up_to(generation))
    {
        const auto& versions = waiting_.at(key);
        const auto newer = [generation](const version& one) { return one.generation > generation; };
        const auto end = std::find_if(versions.begin(), versions.end(), newer);
        if (end != versions.begin())
            wanted.values.emplace_back(key, std::prev(end)->value);
    }
    // Notes have no versions: they are saved as they are now.
    if (notes_changed_)
        wanted.notes = notes_;
    wanted.notes[generation_note] = std::to_string(generation);
    return wanted;
}

/// What is saved waits no more. In memory alone the newest of it stays: there is nothing else that holds it.
void table::forget_up_to(std::uint64_t generation)
{
    for (const auto key : keys_up_to(generation))
    {
        const auto found = waiting_.find(key);
        auto& versions = found->second;
        // From the oldest version on, as far as it is saved.
        while (!versions.empty() && versions.front().generation <= generation)
        {
            // The last saved value has to stay where there is no disk.
            const bool superseded = versions.size() > 1 && versions[1].generation <= generation;
            const auto& value = versions.front().value;
            if (!on_disk_ && !superseded && value)
                break;
            waiting_bytes_ -= bytes_waiting(value);
            versions.erase(versions.begin());
        }
        if (versions.empty())
            waiting_.erase(found);
    }
    while (!writes_.empty() && writes_.front().generation <= generation)
        writes_.pop_front();
}

asio::awaitable<error_code> table::save(std::uint64_t generation)
{
    // Without what a later clear() took away, an older generation would not be complete: the table stays behind
    // instead.
    if (generation <= saved_generation_ || (cleared_ && generation < *cleared_))
        co_return error_code();
    if (on_disk_)
    {
        // Meanwhile the loop goes on: what is noted or cleared now belongs to a later save.
        auto wanted = changes_up_to(generation);
        const bool with_notes = std::exchange(notes_changed_, false);
        const auto cleared = cleared_;
        auto job = write_now(&*on_disk_, std::move(wanted));
        const auto failure = co_await asio::co_spawn(*disk_, std::move(job), to_the_end());
        // A note that changed meanwhile, or failed now, is written by the next save.
        if (failure)
        {
            notes_changed_ = notes_changed_ || with_notes;
            co_return failure;
        }
        // A second clear() during the write is not durable yet.
        if (cleared_ == cleared)
            cleared_.reset();
    }
    saved_generation_ = generation;
    forget_up_to(generation);
    co_return error_code();
}

}  // namespace qdc::store
