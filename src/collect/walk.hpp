#pragma once

#include "collect/caller.hpp"
#include "collect/cycle.hpp"
#include "collect/lane.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace qdc::collect
{

/// How many lanes make the calls of a cycle of which `most` (nothing: most_lanes) may be under way at once: twice as many,
/// because a call that waits for its next try lends its place to another. One lane keeps the order of its calls.
std::size_t lanes_for(std::optional<int> most);

/// The calls of one cycle, made by one lane or by several beside each other.
class walk
{
public:
    /// `more_sources`: a lane for each of them, besides the one of `parts`.
    walk(
        boost::asio::any_io_executor ex,
        walk_parts parts,
        const walk_options& options,
        const std::vector<std::unique_ptr<http_stream>>& more_sources = {}
    );

    /// Makes all calls of the cycle that the service has begun. Comes back when it has no further one and none is under
    /// way, or when a failure has ended the cycle.
    boost::asio::awaitable<cycle_end> run();

    /// With any end but `complete`: why.
    const std::string& why() const noexcept { return why_; }

private:
    boost::asio::awaitable<void> run_lanes();

    boost::asio::any_io_executor ex_;
    services::service& service_;
    cycle cycle_;
    std::deque<lane> lanes_;
    std::string why_;
};

}  // namespace qdc::collect
