#include "collect/cycle.hpp"

#include "flow/task_group.hpp"

#include <utility>

namespace qdc::collect
{

namespace asio = boost::asio;

void cycle::end_with(cycle_end end, std::string reason)
{
    // The first failure counts: later ones often only follow from it.
    if (!end_)
        why_ = std::move(reason);
    end_ = end_.value_or(end);
    // Lanes that sleep wake at once, and find that the cycle has ended.
    for (auto* const wait : waits_)
        wait->stop();
    moved_.notify_all();
}

void cycle::trust_login()
{
    login_ = login::good;
    moved_.notify_all();
}

asio::awaitable<void> cycle::login_settled()
{
    while (login_ == login::in_doubt && !end_)
        co_await moved_.wait();
}

asio::awaitable<void> cycle::wait_until(time_source& time, time_source::time_point until)
{
    // The sleep is a task of its own, so that end_with() can stop it without stopping the lane.
    task_group sleep(ex_);

    // On the list as long as this call lasts, also when the lane itself is stopped.
    const struct listed
    {
        std::list<task_group*>& waits;
        std::list<task_group*>::iterator own;

        ~listed() { waits.erase(own); }
    } listed{waits_, waits_.insert(waits_.end(), &sleep)};

    sleep.spawn("wait of a lane", time.sleep_until(until));
    // Comes back after the sleep or after its stop; the caller asks end() which it was.
    co_await sleep.join();
}

std::size_t cycle::calls(const qualys::endpoint& endpoint) const
{
    const auto found = by_endpoint_.find(endpoint);
    return found == by_endpoint_.end() ? 0 : found->second;
}

void cycle::begin_call(const qualys::endpoint& endpoint)
{
    ++calls_;
    ++by_endpoint_[endpoint];
}

void cycle::end_call(const qualys::endpoint& endpoint)
{
    --calls_;
    const auto found = by_endpoint_.find(endpoint);
    if (--found->second == 0)
        by_endpoint_.erase(found);
}

call_place::call_place(cycle& owner, const qualys::endpoint& endpoint) : owner_(owner), endpoint_(endpoint)
{
    owner_.begin_call(endpoint_);
}

call_place::~call_place()
{
    // A lane may be stopped whatever its call waits for.
    if (hold_ == hold::taken)
        owner_.end_call(endpoint_);
    else if (hold_ == hold::wanted)
        --owner_.wanting_;
}

void call_place::lend()
{
    hold_ = hold::lent;
    owner_.end_call(endpoint_);
    owner_.moved_.notify_all();
}

void call_place::want()
{
    hold_ = hold::wanted;
    ++owner_.wanting_;
}

void call_place::take_back()
{
    hold_ = hold::taken;
    --owner_.wanting_;
    owner_.begin_call(endpoint_);
    owner_.moved_.notify_all();
}

}  // namespace qdc::collect
