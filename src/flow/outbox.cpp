//  collect/page              outbox                            net/sender                   Devo
//    |--- push(batch) -------->| queued                            |                          |
//    |<-- ticket 8 ------------|--- next(1) = batch 8 ------------>|=== bytes ===============>|
//    |                         |<-- sent(1): sent on connection 1 -|                          |
//    |--- want_confirmed() --->|--- next(1) = nullptr ------------>|=== end of stream =======>|
//    |--- push(batch) -------->| queued                            |                          |
//    |<-- ticket 9 ------------|--- next(2) = batch 9 ------------>|=== bytes, connection 2 =>|
//  collect/checkpoint          |<-- sent(2) -----------------------|                          |
//    |                         |<-- confirm(1) --------------------|<== end of stream ========|
//    |<-- confirmed_beyond(7) -| ticket 8; its space is free       |                          |
//    |                         |<-- lose(2): batch 9 queued again -|<== reset ================|
//    |                         |--- next(3) = batch 9 ------------>|=== bytes, connection 3 =>|
//
// Tickets and places: with confirmed_ = 7, entries_[0] has ticket 8, entries_[1] ticket 9. An entry that is confirmed
// while an older one is not stays in its place, so that tickets are confirmed in order.

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

/// A buffer that a confirmed batch gave back, or a new one.
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
    // Until this call ends, by a stop too, wants_cut() may have a connection confirmed early to make space.
    ++crowded_;

    const struct leave
    {
        int& count;

        ~leave() { --count; }
    } leaving{crowded_};

    // Space is counted until a batch is confirmed. With nothing held, one batch that is larger than the limit may pass.
    while (bytes_ != 0 && bytes_ + size > limit_bytes_)
    {
        work_.notify_all();  // only a confirmation frees space: the writer may have to ask for one
        co_await space_.wait();
    }
    // The ticket follows from the place in the queue, so both change without a wait between them.
    bytes_ += size;
    entries_.push_back({std::move(frames), time_.now(), stage::queued, 0});
    work_.notify_all();
    co_return ++pushed_;
}

/// Everything pushed so far should be confirmed soon; the sending connection learns of it in next().
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
    // A new connection has carried nothing yet.
    if (carrier_ != on)
    {
        carrier_ = on;
        carried_bytes_ = 0;
        carried_first_ = 0;
    }
    // Three outcomes, looked at again after each change: end the connection, send a batch, or wait.
    for (;;)
    {
        const auto place = first_queued();
        if (wants_cut(on, place != entries_.size()))
            co_return nullptr;
        // With nothing unconfirmed one batch may always go, also when it is larger than the load.
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
    // Nothing to confirm: ending this connection would bring nobody further.
    if (on != carrier_ || carried_bytes_ == 0)
        return false;
    // Half of the load: the next connection fills the other half while this one is being confirmed.
    if (carried_bytes_ >= load_bytes_ / 2)
        return true;
    // The rest of the queue may still go over this connection, up to half of the load: one end confirms all of it.
    if (more_queued)
        return false;
    // The queue is empty. End now if a producer waits for space, or if somebody asked for what this connection carries.
    const bool somebody_waits_for_room = crowded_ != 0;
    return somebody_waits_for_room || carried_first_ <= wanted_;
}

/// Place of the first queued entry, or entries_.size(). Remembers how far it looked, because most in front are sent.
std::size_t outbox::first_queued()
{
    while (scanned_ < entries_.size() && entries_[scanned_].at != stage::queued)
        ++scanned_;
    return scanned_;
}

void outbox::sent(generation on)
{
    // By its ticket: an older batch may have come back from a lost connection since next().
    // Transition queued → sent.
    auto& one = entries_[in_hand_ - confirmed_ - 1];
    one.at = stage::sent;
    one.carrier = on;
    // Remembered for wants_cut(): how much this connection carries, and its oldest ticket.
    carried_bytes_ += one.frames.frames.size();
    sent_bytes_ += one.frames.frames.size();
    if (carried_first_ == 0 || in_hand_ < carried_first_)
        carried_first_ = in_hand_;
}

void outbox::confirm(generation on)
{
    // Transition sent → confirmed, for what this connection carried. The text of a batch is not needed any more.
    for (auto& one : entries_)
    {
        if (one.at != stage::sent || one.carrier != on)
            continue;
        one.at = stage::confirmed;
        sent_bytes_ -= one.frames.frames.size();
        release(one.frames);
    }
    // The confirmed ticket moves over the front only: an older batch on another connection holds it back.
    while (!entries_.empty() && entries_.front().at == stage::confirmed)
    {
        entries_.pop_front();
        scanned_ -= std::min<std::size_t>(scanned_, 1);
        ++confirmed_;
    }
    // Nothing is held: an idle outbox keeps no spare buffers either.
    if (entries_.empty())
        std::vector<std::string>().swap(spare_);
    // The connection may go on (where TCP's acknowledgements confirm): its share of the load starts at nothing again.
    if (carrier_ == on)
        carried_bytes_ = carried_first_ = 0;
    space_.notify_all();
    work_.notify_all();  // there is space in the load again
    progress_.notify_all();
}

/// Buffers of one size go from batch to batch: given back to the heap, what is small settles in them meanwhile, and the
/// next batch needs new memory (1.2 MiB of 24 with a receiver that stalls). The entry itself may stay for long.
void outbox::release(batch& confirmed)
{
    bytes_ -= confirmed.frames.size();
    std::string room;
    room.swap(confirmed.frames);
    // Of another capacity it would be of no use to the next batch: it goes back to the heap.
    if (room.capacity() != batch_room)
        return;
    room.clear();
    spare_.push_back(std::move(room));
}

std::size_t outbox::lose(generation on)
{
    std::size_t events = 0;
    // Transition sent → queued. The entries keep their places, so they go out in their old order.
    for (auto& one : entries_)
    {
        if (one.at != stage::sent || one.carrier != on)
            continue;
        one.at = stage::queued;
        sent_bytes_ -= one.frames.frames.size();
        events += one.frames.events;
        // The service's report counts what may be at the peer twice.
        if (one.frames.resent != nullptr)
            *one.frames.resent += one.frames.events;
    }
    // Entries that were behind us are queued again: the search starts at the front.
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
