#include "collect/walk.hpp"

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

walk::walk(asio::any_io_executor ex, walk_parts parts, const walk_options& options)
    : service_(parts.service),
      moved_(std::move(ex)),
      lane_(parts, options, cycle_, moved_)
{
}

asio::awaitable<cycle_end> walk::run()
{
    co_await lane_.run();
    if (cycle_.end)
        co_return *cycle_.end;
    const auto left_out = service_.in_quarantine();
    if (left_out.empty())
        co_return cycle_end::complete;
    cycle_.why = fmt::format(
        "{} {}{} in quarantine", left_out.size(), left_out.front().kind, left_out.size() == 1 ? " is" : "s are"
    );
    co_return cycle_end::partial;
}

}  // namespace qdc::collect
