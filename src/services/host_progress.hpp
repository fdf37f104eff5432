#pragma once

#include "services/host_document.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace qdc::services
{

/// How far a walk through ascending host ids is: what of it was read (cursor), and what of that is in the outbox.
struct host_progress
{
    host_cursor cursor;          ///< what the answers brought, as host_document moves it
    std::uint64_t next{0};       ///< the first host that is not in the outbox completely: what is saved
    std::size_t edge_events{0};  ///< how many of cursor.edge_events are in the outbox
    std::uint64_t edge{0};       ///< of that host

    /// Everything that was read is in the outbox.
    void taken(host_memory& memory)
    {
        for (const auto& host : cursor.finished)
            memory.note(host.id, host.print, host.newest);
        cursor.finished.clear();
        next = cursor.next;
        edge = cursor.edge;
        edge_events = cursor.edge_events.size();
    }

    /// What is not in the outbox has to be read again.
    void roll_back()
    {
        cursor.finished.clear();
        cursor.next = next;
        // Of the host at the edge only the events in the outbox are known; of another one, nothing.
        cursor.edge_events.resize(cursor.edge == edge ? edge_events : 0);
    }

    /// The walk begins again at `id`, as if nothing had been read.
    void restart(std::uint64_t id)
    {
        // The borders belong to the range, not to the walk: they stay.
        const auto low = cursor.low;
        const auto last = cursor.last;
        *this = {};
        cursor.low = low;
        cursor.last = last;
        begin_page(id);
    }

    /// Everything in front of `id` is done with.
    void move_to(std::uint64_t id) noexcept { cursor.next = next = id; }

    /// The same, and a complete page says so.
    void begin_page(std::uint64_t id) noexcept
    {
        move_to(id);
        cursor.base = id;
    }

    /// The first host of which nothing came whole, as far as is known.
    std::uint64_t first_missing() const noexcept
    {
        return cursor.disordered || cursor.edge_open ? next : std::max(next, cursor.edge + 1);
    }
};

}  // namespace qdc::services
