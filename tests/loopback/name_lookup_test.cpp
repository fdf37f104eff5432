#include "net/name_lookup.hpp"

#include "flow/task_group.hpp"
#include "support/run.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>

#include <doctest/doctest.h>

#include <condition_variable>
#include <map>
#include <mutex>

using namespace qdc;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace
{

using steady = std::chrono::steady_clock;

/// Name servers that answer as a test says. They outlive the test in the threads that they hold.
class name_servers
{
public:
    result<net::name_addresses> ask(const std::string& name)
    {
        std::unique_lock lock(gate_);
        ++asked_[name];
        // Also a failed test ends; the threads end with the program.
        changed_.wait_for(lock, 60s, [this, &name] { return !silent(name); });
        if (failure_)
            return failure_;
        return net::name_addresses{asio::ip::make_address("127.0.0.1")};
    }

    /// Names that begin so get no answer.
    void silence(std::string beginning)
    {
        const std::lock_guard lock(gate_);
        silent_ = std::move(beginning);
    }

    void fail(error_code failure)
    {
        const std::lock_guard lock(gate_);
        failure_ = failure;
    }

    void speak()
    {
        const std::lock_guard lock(gate_);
        silent_.reset();
        failure_ = {};
        changed_.notify_all();
    }

    int asked(const std::string& name)
    {
        const std::lock_guard lock(gate_);
        return asked_[name];
    }

    std::size_t asked_names()
    {
        const std::lock_guard lock(gate_);
        return asked_.size();
    }

private:
    bool silent(const std::string& name) const { return silent_ && name.starts_with(*silent_); }

    std::mutex gate_;
    std::condition_variable changed_;
    std::optional<std::string> silent_;
    error_code failure_;
    std::map<std::string, int> asked_;
};

/// An event loop with name servers of its own.
struct lookup_scene
{
    explicit lookup_scene(net::lookup_times times = {})
        : names(asio::make_service<net::name_lookup>(io, asking(), times))
    {
    }

    ~lookup_scene() { servers->speak(); }

    lookup_scene(const lookup_scene&) = delete;
    lookup_scene& operator=(const lookup_scene&) = delete;

    net::ask_function asking() const
    {
        return [kept = servers](const std::string& name) { return kept->ask(name); };
    }

    std::shared_ptr<name_servers> servers{std::make_shared<name_servers>()};
    asio::io_context io{1};
    net::name_lookup& names;
};

struct outcome
{
    bool done{false};
    error_code failure;
    net::name_addresses addresses;
};

asio::awaitable<void> find_into(net::name_lookup& names, std::string name, net::connection::limit within, outcome& got)
{
    got.failure = asio::error::operation_aborted;
    const auto found = co_await names.find(std::move(name), within);
    got.done = true;
    got.failure = found ? error_code() : found.error();
    if (found)
        got.addresses = found->addresses;
}

outcome found(lookup_scene& scene, const std::string& name, net::connection::limit within = 20s)
{
    outcome got;
    test::run(scene.io, find_into(scene.names, name, within, got), 30s);
    return got;
}

asio::awaitable<void> one_of_many(lookup_scene& scene, int dead, outcome& healthy)
{
    task_group callers(scene.io.get_executor());
    std::vector<outcome> ignored(static_cast<std::size_t>(dead));
    for (int i = 0; i < dead; ++i)
    {
        auto task = find_into(scene.names, "dead" + std::to_string(i), 60s, ignored[static_cast<std::size_t>(i)]);
        callers.spawn("dead", std::move(task));
    }
    callers.spawn("healthy", find_into(scene.names, "healthy", 60s, healthy));
    const std::function<bool()> answered = [&healthy] { return healthy.done; };
    const bool in_time = co_await test::until(answered, 20s);
    CHECK(in_time);
    callers.stop();
    co_await callers.join();
    for (const auto& each : ignored)
        CHECK(each.failure == asio::error::operation_aborted);
}

asio::awaitable<void> two_for_one(lookup_scene& scene)
{
    scene.servers->silence("slow");
    task_group callers(scene.io.get_executor());
    outcome first;
    outcome second;
    callers.spawn("first", find_into(scene.names, "slow", 20s, first));
    callers.spawn("second", find_into(scene.names, "slow", 20s, second));
    auto& servers = *scene.servers;
    const std::function<bool()> asked = [&servers] { return servers.asked("slow") == 1; };
    const bool begun = co_await test::until(asked, 20s);
    CHECK(begun);
    servers.speak();
    co_await callers.join();
    CHECK(first.addresses.size() == 1);
    CHECK(second.addresses.size() == 1);
    CHECK(servers.asked("slow") == 1);
}

asio::awaitable<void> more_than_fit(lookup_scene& scene)
{
    constexpr auto most = net::name_lookup::most_at_once;
    scene.servers->silence("dead");
    task_group callers(scene.io.get_executor());
    std::vector<outcome> ignored(most + 1);
    for (std::size_t i = 0; i < most; ++i)
        callers.spawn("dead", find_into(scene.names, "dead" + std::to_string(i), 60s, ignored[i]));
    outcome behind;
    callers.spawn("behind", find_into(scene.names, "behind", 60s, behind));
    // Nobody waits for this one when its turn comes.
    callers.spawn("given up", find_into(scene.names, "dead and given up", 1ms, ignored[most]));
    auto& servers = *scene.servers;
    const std::function<bool()> all_asked = [&servers] { return servers.asked_names() >= most; };
    const bool full = co_await test::until(all_asked, 20s);
    CHECK(full);
    CHECK_FALSE(behind.done);
    const std::function<bool()> past = [&ignored] { return ignored.back().done; };
    const bool gone = co_await test::until(past, 20s);
    CHECK(gone);
    servers.speak();
    co_await callers.join();
    CHECK(behind.addresses.size() == 1);
    CHECK(servers.asked("dead and given up") == 0);
}

}  // namespace

TEST_CASE("name look-up: with 49 names in a silent zone the 50th is found at once")
{
    lookup_scene scene;
    scene.servers->silence("dead");
    outcome healthy;
    test::run(scene.io, one_of_many(scene, 49, healthy), 30s);
    CHECK(healthy.addresses.size() == 1);
}

TEST_CASE("name look-up: who asks for the same name shares one look-up")
{
    lookup_scene scene;
    test::run(scene.io, two_for_one(scene), 30s);
}

TEST_CASE("name look-up: beyond 64 names at once one waits for its turn, unless nobody wants it any more")
{
    lookup_scene scene;
    test::run(scene.io, more_than_fit(scene), 60s);
}

TEST_CASE("name look-up: an answer is kept, a failure is not")
{
    lookup_scene scene;
    CHECK(found(scene, "name").addresses.size() == 1);
    CHECK(found(scene, "name").addresses.size() == 1);
    CHECK(scene.servers->asked("name") == 1);

    scene.servers->fail(asio::error::host_not_found_try_again);
    CHECK(found(scene, "other").failure == asio::error::host_not_found_try_again);
    scene.servers->speak();
    CHECK(found(scene, "other").addresses.size() == 1);
}

TEST_CASE("name look-up: silence is called the look-up's time-out, and holds nobody")
{
    lookup_scene scene;
    scene.servers->silence("dead");
    const auto got = found(scene, "dead", 20ms);  // run() also looks that the loop has nothing left to do
    CHECK(got.failure == net::lookup_fault::timed_out);
    CHECK(got.failure == boost::system::errc::timed_out);
    CHECK(got.failure.message().find("look-up timed out") != std::string::npos);
}

TEST_CASE("name look-up: the last good answer serves while the name servers are out of order, silent or gone")
{
    lookup_scene scene({0ms, 20ms});
    CHECK(found(scene, "name").addresses.size() == 1);
    scene.servers->fail(asio::error::host_not_found_try_again);
    CHECK(found(scene, "name").addresses.size() == 1);
    CHECK(scene.servers->asked("name") == 2);

    scene.servers->speak();
    scene.servers->silence("name");
    CHECK(found(scene, "name", 20s).addresses.size() == 1);
    CHECK(found(scene, "name", 1ms).addresses.size() == 1);
    CHECK(scene.servers->asked("name") == 3);  // one in flight
}

TEST_CASE("name look-up: a name that is no more has no last good answer")
{
    lookup_scene scene({0ms, 20s});
    CHECK(found(scene, "name").addresses.size() == 1);
    scene.servers->fail(asio::error::host_not_found);
    CHECK(found(scene, "name").failure == asio::error::host_not_found);
    scene.servers->fail(asio::error::host_not_found_try_again);
    CHECK(found(scene, "name").failure == asio::error::host_not_found_try_again);
}

TEST_CASE("name look-up: an answer that comes when the loop has gone goes nowhere")
{
    const auto servers = []
    {
        lookup_scene scene;
        scene.servers->silence("dead");
        const auto got = found(scene, "dead", 1ms);
        CHECK(got.failure == net::lookup_fault::timed_out);
        return scene.servers;
    }();
    servers->speak();
    CHECK(servers->asked("dead") <= 1);
}

TEST_CASE("name look-up: the system knows localhost, with and without a final dot")
{
    const auto plain = net::ask_system("localhost");
    const auto dotted = net::ask_system("localhost.");
    if (plain)  // a container may be without /etc/hosts
        CHECK(dotted.has_value());
    CHECK_FALSE(net::ask_system("no such name").has_value());
}
