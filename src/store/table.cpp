#include "store/table.hpp"

#include "flow/other_thread.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <utility>

namespace qdc::store
{

namespace asio = boost::asio;

namespace
{

asio::awaitable<error_code> write_now(const disk_table* on_disk, changes wanted)
{
    const auto failure = on_disk->write(wanted);
    co_return failure;
}

}  // namespace

table::table(std::optional<disk_table> on_disk, asio::thread_pool* disk) : on_disk_(std::move(on_disk)), disk_(disk)
{
    if (!on_disk_)
        return;
    size_ = on_disk_->size();
    notes_ = on_disk_->notes();
}

std::optional<std::string_view> table::find(std::uint64_t key)
{
    const auto found = waiting_.find(key);
    if (found != waiting_.end())
        return found->second.value ? std::optional<std::string_view>(*found->second.value) : std::nullopt;
    return on_disk_ && !cleared_ ? on_disk_->find(key) : std::nullopt;
}

/// Two ascending sequences, of which the one in memory covers the one on disk.
std::optional<std::uint64_t> table::next(std::uint64_t key)
{
    auto in_memory = waiting_.lower_bound(key);
    auto below = on_disk_ && !cleared_ ? on_disk_->next(key) : std::nullopt;
    for (;;)
    {
        const bool memory_first = in_memory != waiting_.end() && (!below || in_memory->first <= *below);
        if (!memory_first)
            return below;
        if (in_memory->second.value)
            return in_memory->first;
        // Erased, and not on disk yet: both sequences step over it.
        const bool last = in_memory->first == ~std::uint64_t{0};
        if (below && *below == in_memory->first)
            below = last ? std::nullopt : on_disk_->next(in_memory->first + 1);
        ++in_memory;
    }
}

bool table::has(std::uint64_t key)
{
    const auto found = waiting_.find(key);
    if (found != waiting_.end())
        return found->second.value.has_value();
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

void table::wait(std::uint64_t key, std::optional<std::string> value)
{
    const auto bytes_in = [](const waiting& entry) { return entry.value ? entry.value->size() : 0; };
    auto& entry = waiting_[key];
    waiting_bytes_ -= bytes_in(entry);
    entry = {std::move(value), generation_};
    waiting_bytes_ += bytes_in(entry);
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
}

void table::clear()
{
    waiting_.clear();
    waiting_bytes_ = 0;
    size_ = 0;
    for (auto& [name, text] : notes_)
        text.clear();
    notes_changed_ = true;
    cleared_ = true;
    ++clears_;
}

changes table::changes_up_to(std::uint64_t generation) const
{
    changes wanted;
    wanted.clear = cleared_;
    for (const auto& [key, entry] : waiting_)
        if (entry.generation <= generation)
            wanted.values.emplace_back(key, entry.value);
    if (notes_changed_)
        wanted.notes = notes_;
    return wanted;
}

void table::forget_up_to(std::uint64_t generation)
{
    std::erase_if(
        waiting_,
        [this, generation](const auto& each)
        {
            const bool saved = each.second.generation <= generation;
            if (saved && each.second.value)
                waiting_bytes_ -= each.second.value->size();
            return saved;
        }
    );
}

asio::awaitable<error_code> table::save(std::uint64_t generation)
{
    if (!on_disk_)
    {
        // Nothing is durable here: what waits stays, but for the traces of what was erased.
        std::erase_if(waiting_, [](const auto& each) { return !each.second.value; });
        co_return error_code();
    }
    auto wanted = changes_up_to(generation);
    if (!wanted.clear && wanted.values.empty() && wanted.notes.empty())
        co_return error_code();

    // Meanwhile the loop goes on: what is noted or cleared now belongs to the next save.
    const auto clears = clears_;
    notes_changed_ = false;
    const bool with_notes = !wanted.notes.empty();
    auto job = write_now(&*on_disk_, std::move(wanted));
    const auto failure = co_await asio::co_spawn(*disk_, std::move(job), to_the_end());
    if (failure)
    {
        notes_changed_ = notes_changed_ || with_notes;
        co_return failure;
    }
    if (clears == clears_)
        cleared_ = false;
    forget_up_to(generation);
    co_return error_code();
}

}  // namespace qdc::store
