#include "app/session.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/system_error.hpp>

#include <fmt/format.h>

#include <exception>
#include <utility>

namespace qdc::app
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace
{

// SIGTERM has to be obeyed within 10 s; so long may confirmations take on the way out.
constexpr auto farewell_limit = 7s;

}  // namespace

session::session(asio::any_io_executor ex, parts& moving, time_source& time, const log_origin& log)
    : ex_(ex),
      moving_(moving),
      time_(time),
      log_(log),
      senders_(ex),
      savers_(ex),
      pulling_(ex),
      settling_(ex)
{
}

asio::awaitable<bool> session::serve(std::optional<std::chrono::seconds> give_up_after)
{
    for (auto& output : moving_.outputs)
        senders_.spawn("output", send(output));
    for (auto& part : moving_.pullers)
    {
        savers_.spawn(part.name, part.puller->save_checkpoints());
        pulling_.spawn(part.name, pull(part, give_up_after.has_value()));
    }
    if (give_up_after)
        savers_.spawn("patience", lose_patience(*give_up_after));
    std::exception_ptr bug;
    try
    {
        co_await pulling_.join();
    }
    catch (...)
    {
        bug = std::current_exception();  // the others still leave in order
    }
    co_await confirm_the_rest();
    savers_.stop();
    co_await savers_.join();
    senders_.stop();
    co_await senders_.join();
    if (bug)
        std::rethrow_exception(bug);
    co_return !failed_;
}

/// An output that ends by itself (standard output is gone) ends the run: nobody would take the events.
asio::awaitable<void> session::send(output_part& output)
{
    try
    {
        co_await output.run();
    }
    catch (const boost::system::system_error& e)
    {
        if (e.code() == asio::error::operation_aborted)
            throw;
        log_.error(fmt::format("An output cannot be written to any more: {}. Stopping", e.what()));
        failed_ = true;
        pulling_.stop();
    }
}

asio::awaitable<void> session::pull(puller_part& part, bool once)
{
    const auto unusable = co_await part.puller->prepare();
    if (unusable)
    {
        failed_ = true;
        co_return;
    }
    if (!once)
        co_await part.puller->run();
    const auto end = co_await part.puller->run_once();
    const bool good = end == collect::cycle_end::complete || end == collect::cycle_end::partial;
    failed_ = failed_ || !good;
}

/// One cycle must not wait for ever for an output that takes nothing or confirms nothing.
asio::awaitable<void> session::lose_patience(std::chrono::seconds limit)
{
    const auto& out = moving_.out();
    auto moved = time_.now();
    for (ticket last = out.confirmed();;)
    {
        co_await time_.sleep_for(100ms);
        const bool waiting = out.confirmed() < out.pushed();
        if (!waiting || out.confirmed() != last)
            moved = time_.now();
        last = out.confirmed();
        if (time_.now() - moved < limit)
            continue;
        log_.error(fmt::format(
            "Nothing that was sent has been confirmed for {} s. No more tries in this cycle; what is not confirmed "
            "comes "
            "again in the next one",
            limit.count()
        ));
        failed_ = true;
        pulling_.stop();
        co_return;
    }
}

asio::awaitable<void> session::settle(puller_part& part)
{
    [[maybe_unused]] const auto unsaved = co_await part.puller->settled();
}

/// What is sent already is worth a confirmation: it would come twice otherwise.
asio::awaitable<void> session::confirm_the_rest()
{
    moving_.out().want_confirmed();
    for (auto& part : moving_.pullers)
        settling_.spawn(part.name, settle(part));
    asio::steady_timer limit(ex_, farewell_limit);
    limit.async_wait(
        [this](error_code stopped)
        {
            if (!stopped)
                settling_.stop();
        }
    );
    co_await settling_.join();
    limit.cancel();
    if (moving_.out().confirmed() < moving_.out().pushed())
        log_.warning("Leaving with events that are not confirmed: they come again after the next start");
}

}  // namespace qdc::app
