#pragma once

#include "flow/condition.hpp"
#include "ports/sink.hpp"

#include <vector>

namespace qdc
{

/// Every batch goes to all of several sinks, in the same order; it counts as confirmed when all of them have it.
/// A sink that has no space holds up the others too: what is not everywhere is nowhere.
class fan_out final : public sink
{
public:
    /// The sinks are fresh (nothing pushed yet), at least one, and outlive this.
    fan_out(boost::asio::any_io_executor ex, std::vector<sink*> sinks);

    std::string room() override { return sinks_.back()->room(); }  // the one that is given the batch itself

    boost::asio::awaitable<ticket> push(batch frames) override;

    ticket pushed() const override { return pushed_; }

    void want_confirmed() override;
    ticket confirmed() const override;
    boost::asio::awaitable<ticket> confirmed_beyond(ticket seen) override;

private:
    std::vector<sink*> sinks_;
    ticket pushed_{0};
    bool pushing_{false};
    condition free_;
};

}  // namespace qdc
