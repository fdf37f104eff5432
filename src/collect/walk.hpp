#pragma once

#include "collect/caller.hpp"
#include "collect/cycle_end.hpp"
#include "collect/lane.hpp"
#include "flow/condition.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <string>

namespace qdc::collect
{

/// The calls of one cycle, made by one lane.
class walk
{
public:
    walk(boost::asio::any_io_executor ex, walk_parts parts, const walk_options& options);

    boost::asio::awaitable<cycle_end> run();

    /// With any end but `complete`: why.
    const std::string& why() const noexcept { return cycle_.why; }

private:
    services::service& service_;
    cycle_state cycle_;
    condition moved_;
    lane lane_;
};

}  // namespace qdc::collect
