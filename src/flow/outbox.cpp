#include "flow/outbox.hpp"

#include <algorithm>
#include <utility>

namespace qdc
{

namespace asio = boost::asio;

outbox::outbox(asio::any_io_executor ex, time_source& time, std::size_t limit_bytes)
    : time_(time),
      limit_bytes_(limit_bytes),
      load_bytes_(limit_bytes),
      space_(ex),
      work_(ex),
      progress_(ex)
{
}

std::string outbox::room()
{
    if (spare_.empty())
        return sink::room();
    auto last = std::move(spare_.back());
    spare_.pop_back();
    return last;
}

asio::awaitable<ticket> outbox::push(batch frames)
{
    const auto size = frames.frames.size();
    ++crowded_;

    const struct leave
    {
        int& count;

        ~leave() { --count; }
    } leaving{crowded_};

    while (bytes_ != 0 && bytes_ + size > limit_bytes_)
    {
        work_.notify_all();  // only a confirmation makes room: the writer may have to ask for one
        co_await space_.wait();
    }
    bytes_ += size;
    entries_.push_back({std::move(frames), time_.now(), stage::queued, 0});
    work_.notify_all();
    co_return ++pushed_;
}

void outbox::want_confirmed()
{
    wanted_ = pushed_;
    work_.notify_all();
}

asio::awaitable<ticket> outbox::confirmed_beyond(ticket seen)
{
    while (confirmed_ <= seen)
        co_await progress_.wait();
    co_return confirmed_;
}

asio::awaitable<void> outbox::wait_for_work()
{
    while (first_queued() == entries_.size())
        co_await work_.wait();
}

void outbox::set_load(std::size_t bytes)
{
    load_bytes_ = std::min(bytes, limit_bytes_);
    work_.notify_all();
}

asio::awaitable<const batch*> outbox::next(generation on)
{
    if (carrier_ != on)
    {
        carrier_ = on;
        carried_bytes_ = 0;
        carried_first_ = 0;
    }
    for (;;)
    {
        const auto place = first_queued();
        if (wants_cut(on, place != entries_.size()))
            co_return nullptr;
        const bool may_send = sent_bytes_ == 0 || sent_bytes_ < load_bytes_;
        if (place != entries_.size() && may_send)
        {
            in_hand_ = confirmed_ + place + 1;
            co_return &entries_[place].frames;
        }
        co_await work_.wait();
    }
}

/// Whether connection `on` should be ended now, so that the peer confirms what it carried.
bool outbox::wants_cut(generation on, bool more_queued) const
{
    if (on != carrier_ || carried_bytes_ == 0)
        return false;
    // Half of the load: the next connection fills the other half while this one is being confirmed.
    if (carried_bytes_ >= load_bytes_ / 2)
        return true;
    if (more_queued)
        return false;
    const bool somebody_waits_for_room = crowded_ != 0;
    return somebody_waits_for_room || carried_first_ <= wanted_;
}

std::size_t outbox::first_queued()
{
    while (scanned_ < entries_.size() && entries_[scanned_].at != stage::queued)
        ++scanned_;
    return scanned_;
}

void outbox::sent(generation on)
{
    // By its ticket: an older batch may have come back from a lost connection since next().
    auto& one = entries_[in_hand_ - confirmed_ - 1];
    one.at = stage::sent;
    one.carrier = on;
    carried_bytes_ += one.frames.frames.size();
    sent_bytes_ += one.frames.frames.size();
    if (carried_first_ == 0 || in_hand_ < carried_first_)
        carried_first_ = in_hand_;
}

void outbox::confirm(generation on)
{
    for (auto& one : entries_)
    {
        if (one.at != stage::sent || one.carrier != on)
            continue;
        one.at = stage::confirmed;
        sent_bytes_ -= one.frames.frames.size();
        release(one.frames);
    }
    while (!entries_.empty() && entries_.front().at == stage::confirmed)
    {
        entries_.pop_front();
        scanned_ -= std::min<std::size_t>(scanned_, 1);
        ++confirmed_;
    }
    if (entries_.empty())
        std::vector<std::string>().swap(spare_);
    if (carrier_ == on)
        carried_bytes_ = carried_first_ = 0;
    space_.notify_all();
    work_.notify_all();  // there is room in the load again
    progress_.notify_all();
}

/// Rooms of one size go from batch to batch: given back to the heap, what is small settles in them meanwhile, and the
/// next batch needs new memory (1.2 MiB of 24 with a receiver that stalls). The entry itself may stay for long.
void outbox::release(batch& confirmed)
{
    bytes_ -= confirmed.frames.size();
    std::string room;
    room.swap(confirmed.frames);
    if (room.capacity() != batch_room)
        return;
    room.clear();
    spare_.push_back(std::move(room));
}

std::size_t outbox::lose(generation on)
{
    std::size_t events = 0;
    for (auto& one : entries_)
    {
        if (one.at != stage::sent || one.carrier != on)
            continue;
        one.at = stage::queued;
        sent_bytes_ -= one.frames.frames.size();
        events += one.frames.events;
        if (one.frames.resent != nullptr)
            *one.frames.resent += one.frames.events;
    }
    scanned_ = 0;
    if (carrier_ == on)
        carried_bytes_ = 0;
    work_.notify_all();
    return events;
}

std::optional<time_source::time_point> outbox::oldest() const
{
    if (entries_.empty())
        return std::nullopt;
    return entries_.front().pushed;
}

}  // namespace qdc
