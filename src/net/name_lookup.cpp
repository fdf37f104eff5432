//  coroutine                 name_lookup, on the loop               a detached thread
//    |--- find() --------------->| begin(): queued if 64 are running      |
//    |  waits on its own timer   |--- start() --------------------------->| getaddrinfo, however long
//    |                           |<-- mailbox::deliver(), by asio::post --|
//    |<-- its timer is cancelled-| answered(): keeps it for a minute      |
//    |  or: its deadline passes  |                                        |

#include "net/name_lookup.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

#include <netdb.h>
#include <signal.h>
#include <sys/socket.h>

namespace qdc::net
{

namespace asio = boost::asio;
using steady = std::chrono::steady_clock;
using namespace std::chrono_literals;

namespace
{

// After a failed look-up the last good answer serves that long before the name servers are asked again.
constexpr auto failure_pause = 10s;

// A node that was sick is tried in its turn again.
constexpr auto failure_remembered = 10min;

// Whose addresses are remembered when nobody waits for them. The configuration names a few dozen.
constexpr std::size_t most_names = 1024;

class lookup_errors final : public boost::system::error_category
{
public:
    const char* name() const noexcept override { return "lookup"; }

    std::string message(int) const override { return "the name look-up timed out: no name server answered in time"; }

    boost::system::error_condition default_error_condition(int) const noexcept override
    {
        return make_error_condition(boost::system::errc::timed_out);
    }
};

/// What getaddrinfo's status means in Asio's terms.
error_code error_of(int status)
{
    switch (status)
    {
        case EAI_AGAIN:
            return asio::error::host_not_found_try_again;
        case EAI_MEMORY:
            return asio::error::no_memory;
        case EAI_SYSTEM:
            return {errno, boost::system::system_category()};
        case EAI_NONAME:
        case EAI_NODATA:
        case EAI_ADDRFAMILY:
            return asio::error::host_not_found;
        default:
            return asio::error::no_recovery;
    }
}

/// The name is not there: a proper answer, not a failure to get one.
bool is_an_answer(const error_code& failure)
{
    return failure == asio::error::host_not_found;
}

/// One call of getaddrinfo: addresses of IPv4 and IPv6, each once, in the system's order.
result<name_addresses> ask_once(const std::string& name)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (const int status = ::getaddrinfo(name.c_str(), nullptr, &hints, &found); status != 0)
        return error_of(status);
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, &::freeaddrinfo);
    name_addresses all;
    for (const auto* one = found; one != nullptr; one = one->ai_next)
    {
        // Copied as bytes: a sockaddr of either family becomes an endpoint.
        asio::ip::tcp::endpoint place;
        if (one->ai_addrlen > place.capacity() || (one->ai_family != AF_INET && one->ai_family != AF_INET6))
            continue;
        std::copy_n(
            reinterpret_cast<const char*>(one->ai_addr), one->ai_addrlen, reinterpret_cast<char*>(place.data())
        );
        if (std::ranges::find(all, place.address()) == all.end())
            all.push_back(place.address());
    }
    if (all.empty())
        return error_code(asio::error::host_not_found);
    return all;
}

/// A thread inherits the mask of who makes it: signals are the loop's thread's.
class signals_blocked
{
public:
    signals_blocked()
    {
        sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_BLOCK, &all, &before_);
    }

    ~signals_blocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

    signals_blocked(const signals_blocked&) = delete;
    signals_blocked& operator=(const signals_blocked&) = delete;

private:
    sigset_t before_{};
};

}  // namespace

/// What is known of one name.
struct name_lookup::known_name
{
    name_addresses good;  ///< the last good answer
    time_point good_until{};
    std::map<asio::ip::address, time_point> failed;  ///< of `good`: when it failed last
    error_code failure;                              ///< of the last look-up; none: it was good
    unsigned answers{0};
    bool under_way{false};  ///< a look-up runs, or is queued
    time_point begun{};
    std::set<asio::steady_timer*> waiting;

    /// The addresses in the order in which they are tried: those without a failure, then the oldest failure first.
    name_answer answer(time_point now) const
    {
        // Addresses without a failure compare equal and stay in the order of the look-up.
        const auto failed_at = [this, now](const asio::ip::address& address)
        {
            const auto found = failed.find(address);
            const bool lately = found != failed.end() && now - found->second < failure_remembered;
            return lately ? found->second : time_point::min();
        };
        name_answer made{good};
        std::ranges::stable_sort(made.addresses, {}, failed_at);
        const auto sick = [&failed_at](const asio::ip::address& each) { return failed_at(each) != time_point::min(); };
        made.failed_lately = static_cast<std::size_t>(std::ranges::count_if(made.addresses, sick));
        return made;
    }
};

/// Where the threads bring their answers. It closes when the loop goes.
struct name_lookup::mailbox
{
    std::mutex gate;
    name_lookup* owner{nullptr};

    void deliver(const std::string& name, result<name_addresses> answer, const asio::any_io_executor& loop)
    {
        // While the gate is held the loop cannot go.
        const std::lock_guard hold(gate);
        if (owner == nullptr)
            return;
        auto* const lookups = owner;
        asio::post(
            loop,
            [lookups, name, answer = std::move(answer), loop]() mutable
            { lookups->answered(name, std::move(answer), loop); }
        );
    }
};

/// A timer is known to a name while somebody waits on it.
class name_lookup::waiting_turn
{
public:
    waiting_turn(std::shared_ptr<known_name> name, asio::steady_timer& timer) : name_(std::move(name)), timer_(timer)
    {
        name_->waiting.insert(&timer_);
    }

    ~waiting_turn() { name_->waiting.erase(&timer_); }

    waiting_turn(const waiting_turn&) = delete;
    waiting_turn& operator=(const waiting_turn&) = delete;

private:
    std::shared_ptr<known_name> name_;
    asio::steady_timer& timer_;
};

asio::execution_context::id name_lookup::id;

name_lookup::name_lookup(asio::execution_context& loop, ask_function ask, lookup_times times)
    : asio::execution_context::service(loop),
      ask_(std::move(ask)),
      times_(times),
      mailbox_(std::make_shared<mailbox>())
{
    mailbox_->owner = this;
}

void name_lookup::shutdown()
{
    const std::lock_guard hold(mailbox_->gate);
    mailbox_->owner = nullptr;
}

asio::awaitable<result<name_answer>> name_lookup::find(std::string name, connection::limit within)
{
    const auto ex = co_await asio::this_coro::executor;
    // A good answer serves for a minute without asking again.
    const auto entry = known(name);
    const auto now = steady::now();
    if (now < entry->good_until)
        co_return entry->answer(now);

    // Joins the look-up that is under way, or begins one.
    asio::steady_timer come(ex);
    const waiting_turn turn(entry, come);
    const auto answers_before = entry->answers;
    begin(name, ex);

    // Whoever has an older answer does not wait long for a newer.
    auto deadline = within == connection::forever ? time_point::max() : now + within;
    if (!entry->good.empty())
        deadline = std::min(deadline, std::max(now, entry->begun + times_.patience));
    come.expires_at(deadline);
    const auto [ended] = co_await come.async_wait(asio::as_tuple(asio::use_awaitable));

    // Told apart by the count of answers: the timer's code is the same for a stop and for an answer.
    const bool answered = entry->answers != answers_before;
    if (!answered && ended)
        co_return ended;  // stopped
    // Whoever still has no address gets the reason; else the old answer serves.
    if (!answered && entry->good.empty())
        co_return error_code(lookup_fault::timed_out);
    if (answered && entry->failure && entry->good.empty())
        co_return entry->failure;
    co_return entry->answer(steady::now());
}

void name_lookup::judge(const std::string& name, const asio::ip::address& address, bool good)
{
    const auto found = names_.find(name);
    if (found == names_.end())
        return;
    auto& entry = *found->second;
    if (good)
        entry.failed.erase(address);
    // Only addresses of the last good answer are remembered, so the list of failures cannot grow.
    else if (std::ranges::find(entry.good, address) != entry.good.end())
        entry.failed[address] = steady::now();
}

/// What is known of a name; a new one gets an empty entry.
std::shared_ptr<name_lookup::known_name> name_lookup::known(const std::string& name)
{
    const auto found = names_.find(name);
    if (found != names_.end())
        return found->second;
    // Names that nobody waits for make space; it may stay above the limit while all are in use.
    const auto unused = [](const auto& each) { return !each.second->under_way && each.second->waiting.empty(); };
    if (names_.size() >= most_names)
        std::erase_if(names_, unused);
    return names_.emplace(name, std::make_shared<known_name>()).first->second;
}

/// Queues a look-up of that name, unless there is one already.
void name_lookup::begin(const std::string& name, const asio::any_io_executor& loop)
{
    auto& entry = *names_.at(name);
    if (entry.under_way)
        return;
    entry.under_way = true;
    entry.begun = steady::now();
    queued_.push_back(name);
    start_queued(loop);
}

/// Lets queued names begin while threads are free.
void name_lookup::start_queued(const asio::any_io_executor& loop)
{
    while (running_ < most_at_once && !queued_.empty())
    {
        const auto name = std::move(queued_.front());
        queued_.pop_front();
        auto& entry = *names_.at(name);
        entry.under_way = !entry.waiting.empty();  // else whoever asked has gone
        if (entry.under_way)
            start(name, loop);
    }
}

/// One look-up on a thread of its own, which brings its answer to the mailbox.
void name_lookup::start(const std::string& name, const asio::any_io_executor& loop)
{
    ++running_;
    auto look_up = [ask = ask_, box = mailbox_, name, loop] { box->deliver(name, ask(name), loop); };
    try
    {
        const signals_blocked meanwhile;
        std::thread(std::move(look_up)).detach();
    }
    catch (const std::system_error& none)  // no thread to be had
    {
        // The same way as an answer, so that there is one place where a look-up ends.
        const error_code failure(none.code().value(), boost::system::system_category());
        mailbox_->deliver(name, failure, loop);
    }
}

/// On the loop: wakes who waits, and lets the next name begin.
void name_lookup::answered(const std::string& name, result<name_addresses> answer, const asio::any_io_executor& loop)
{
    --running_;
    auto& entry = *names_.at(name);
    const auto now = steady::now();
    ++entry.answers;
    entry.under_way = false;
    entry.failure = answer ? error_code() : answer.error();
    // Three kinds of outcome. Addresses: they replace the old ones, and their failures go unless they are still named.
    if (answer)
    {
        entry.good = std::move(*answer);
        entry.good_until = now + times_.kept;
        std::erase_if(
            entry.failed,
            [&entry](const auto& each) { return std::ranges::find(entry.good, each.first) == entry.good.end(); }
        );
    }
    // The name is gone: the old addresses are wrong now.
    else if (is_an_answer(entry.failure))
    {
        entry.good.clear();
        entry.failed.clear();
    }
    // No name server answered: the old addresses serve on, and the servers get a pause.
    else if (!entry.good.empty())
    {
        entry.good_until = now + std::min<steady::duration>(failure_pause, times_.kept);
    }
    // Everybody who waits for this name looks at it; then the next name may begin.
    for (auto* const timer : entry.waiting)
        timer->cancel();
    start_queued(loop);
}

result<name_addresses> ask_system(const std::string& name)
{
    auto answer = ask_once(name);
    // A final dot keeps search domains away; files like /etc/hosts do not know it.
    if (!answer && answer.error() == asio::error::host_not_found && name.size() > 1 && name.ends_with('.'))
        answer = ask_once(name.substr(0, name.size() - 1));
    return answer;
}

const boost::system::error_category& lookup_category() noexcept
{
    static const lookup_errors instance;
    return instance;
}

}  // namespace qdc::net
