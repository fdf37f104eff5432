#include "collect/walk.hpp"

#include "flow/task_group.hpp"

#include <fmt/format.h>

#include <utility>

namespace qdc::collect
{

namespace asio = boost::asio;

std::string_view name(cycle_end end)
{
    switch (end)
    {
        case cycle_end::complete:
            return "complete";
        case cycle_end::partial:
            return "partial";
        case cycle_end::failed:
            return "failed";
        case cycle_end::login:
            return "login";
        case cycle_end::retired:
            return "retired";
    }
    return "failed";
}

std::size_t lanes_for(std::optional<int> most)
{
    const auto at_once = static_cast<std::size_t>(most.value_or(most_lanes));
    return at_once == 1 ? 1 : 2 * at_once;
}

walk::walk(
    asio::any_io_executor ex,
    walk_parts parts,
    const walk_options& options,
    const std::vector<std::unique_ptr<http_stream>>& more_sources
)
    : ex_(ex),
      service_(parts.service),
      cycle_(std::move(ex))
{
    // The first lane has the puller's own connection, each further one has one of the others.
    lanes_.emplace_back(parts, options, cycle_);
    for (const auto& source : more_sources)
        lanes_.emplace_back(parts.over(*source), options, cycle_);
}

asio::awaitable<void> walk::run_lanes()
{
    // A single lane needs no task of its own.
    if (lanes_.size() == 1)
    {
        co_await lanes_.front().run();
        co_return;
    }
    // All lanes share one cycle. A fault of the program in one of them stops the others and comes out of join().
    task_group group(ex_);
    for (auto& lane : lanes_)
        group.spawn("lane", lane.run());
    co_await group.join();
}

asio::awaitable<cycle_end> walk::run()
{
    co_await run_lanes();
    why_ = cycle_.why();
    // The first failure that ended the cycle says how it ended.
    if (cycle_.end())
        co_return *cycle_.end();
    // Everything was asked for. It is complete only if nothing had to be left out.
    const auto left_out = service_.in_quarantine();
    if (left_out.empty())
        co_return cycle_end::complete;
    why_ = fmt::format(
        "{} {}{} in quarantine", left_out.size(), left_out.front().kind, left_out.size() == 1 ? " is" : "s are"
    );
    co_return cycle_end::partial;
}

}  // namespace qdc::collect
