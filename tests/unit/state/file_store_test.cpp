#include "state/file_store.hpp"

#include "flow/task_group.hpp"
#include "state/failure.hpp"
#include "support/run.hpp"
#include "unit/state/scratch.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/errc.hpp>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace qdc;
using test::hosts;
using test::newest;
using test::previous;

namespace asio = boost::asio;

namespace
{

std::unique_ptr<state_store> open(const std::filesystem::path& directory)
{
    auto store = state::open_file_store(directory);
    REQUIRE_MESSAGE(store.has_value(), store.error().message());
    return std::move(*store);
}

asio::awaitable<void> turn()
{
    const auto ex = co_await asio::this_coro::executor;
    co_await asio::post(ex, asio::use_awaitable);
}

asio::awaitable<void> must_save(state_store& store, state_key key, std::string text)
{
    const auto saved = co_await store.save(std::move(key), std::move(text));
    CHECK_MESSAGE(saved.has_value(), saved.error().message());
}

asio::awaitable<void> must_load(state_store& store, state_key key, std::string expected)
{
    const auto loaded = co_await store.load(std::move(key));
    REQUIRE(loaded.has_value());
    CHECK(loaded->fallback.empty());
    CHECK(loaded->text.value_or("nothing") == expected);
}

asio::awaitable<void> save_and_load(state_store& store)
{
    co_await must_load(store, hosts, "nothing");
    co_await must_save(store, hosts, R"({ "cursor" : 5 })");
    co_await must_load(store, hosts, R"({"cursor":5})");
    const auto refused = co_await store.save(hosts, "[1]");
    CHECK(refused.error() == state::failure::not_an_object);
    co_await must_load(store, hosts, R"({"cursor":5})");
}

asio::awaitable<void> load_damaged(state_store& store)
{
    const auto loaded = co_await store.load(hosts);
    CHECK(loaded.error() == errc::state_damaged);
}

asio::awaitable<void> load_fallback(state_store& store)
{
    const auto loaded = co_await store.load(hosts);
    REQUIRE(loaded.has_value());
    CHECK(loaded->text == R"({"n":1})");
    CHECK(loaded->fallback.starts_with(newest + ": it is not a JSON object; generation 1 of "));
}

struct stopped_callers
{
    int saved{0};
    int went_on{0};
};

asio::awaitable<void> save_then_wait(state_store& store, int n, stopped_callers& count)
{
    const auto saved = co_await store.save(hosts, "{\"n\":" + std::to_string(n) + "}");
    if (saved)
        ++count.saved;
    co_await turn();
    ++count.went_on;
}

asio::awaitable<void> load_then_wait(state_store& store, stopped_callers& count)
{
    const auto loaded = co_await store.load(hosts);
    CHECK(loaded.has_value());
    co_await turn();
    ++count.went_on;
}

asio::awaitable<void> stop_while_saving(state_store& store, int savers, stopped_callers& count)
{
    const auto ex = co_await asio::this_coro::executor;
    task_group group(ex);
    for (int n = 1; n <= savers; ++n)
    {
        group.spawn("saver", save_then_wait(store, n, count));
        group.spawn("loader", load_then_wait(store, count));
    }
    co_await turn();
    group.stop();
    co_await group.join();
}

}  // namespace

TEST_CASE("file_store: what was saved is loaded, by the next process too")
{
    const test::scratch dir;
    asio::io_context io(1);
    {
        const auto store = open(dir.path());
        test::run(io, save_and_load(*store));
    }
    const auto again = open(dir.path());
    test::run(io, must_load(*again, hosts, R"({"cursor":5})"));
}

TEST_CASE("file_store: the memory store keeps to the same rules")
{
    asio::io_context io(1);
    const auto store = state::make_memory_store();
    test::run(io, save_and_load(*store));
}

TEST_CASE("file_store: a missing directory is made for its owner alone")
{
    const test::scratch dir;
    const auto deep = dir.path() / "a" / "state";
    const auto store = open(deep);
    struct stat about = {};
    REQUIRE(::stat(deep.c_str(), &about) == 0);
    CHECK((about.st_mode & 07777) == 0700);
    REQUIRE(::stat((deep / ".lock").c_str(), &about) == 0);
    CHECK((about.st_mode & 07777) == 0600);
}

TEST_CASE("file_store: a directory that cannot be is refused with the system's reason")
{
    const test::scratch dir;
    dir.write("file", "");
    const auto store = state::open_file_store(dir.path() / "file" / "state");
    CHECK(store.error() == boost::system::errc::not_a_directory);
}

TEST_CASE("file_store: a directory that cannot be written to is refused at the start" * doctest::skip(::geteuid() == 0))
{
    const test::scratch dir;
    REQUIRE(::chmod(dir.path().c_str(), 0500) == 0);
    const auto store = state::open_file_store(dir.path());
    CHECK(store.error() == boost::system::errc::permission_denied);
    REQUIRE(::chmod(dir.path().c_str(), 0700) == 0);
}

TEST_CASE("file_store: opening removes temporary files of a killed process, and only those")
{
    const test::scratch dir;
    dir.write(newest + ".tmp", "half");
    dir.write("323422f31db86826d62db1657fa6290e", "official");
    const auto store = open(dir.path());
    CHECK(dir.names() == std::vector<std::string>{"323422f31db86826d62db1657fa6290e"});
}

TEST_CASE("file_store: a directory has one holder")
{
    const test::scratch dir;
    auto first = open(dir.path());
    CHECK(state::open_file_store(dir.path()).error() == state::failure::in_use);
    first.reset();
    CHECK(state::open_file_store(dir.path()).has_value());
}

TEST_CASE("file_store: another process that holds the directory is noticed until it ends, however it ends")
{
    const test::scratch dir;
    int ready[2];
    REQUIRE(::pipe(ready) == 0);
    const auto holder = ::fork();
    REQUIRE(holder >= 0);
    if (holder == 0)
    {
        const auto store = state::open_file_store(dir.path());
        if (store && ::write(ready[1], "", 1) == 1)
            ::pause();
        ::_exit(1);
    }
    ::close(ready[1]);
    char sign = 0;
    REQUIRE(::read(ready[0], &sign, 1) == 1);
    CHECK(state::open_file_store(dir.path()).error() == state::failure::in_use);
    ::kill(holder, SIGKILL);
    ::waitpid(holder, nullptr, 0);
    ::close(ready[0]);
    CHECK(state::open_file_store(dir.path()).has_value());
}

TEST_CASE("file_store: a damaged newest generation is reported together with the previous one")
{
    const test::scratch dir;
    asio::io_context io(1);
    const auto store = open(dir.path());
    test::run(io, must_save(*store, hosts, R"({"n":1})"));
    test::run(io, must_save(*store, hosts, R"({"n":2})"));
    dir.write(newest, "garbage");
    test::run(io, load_fallback(*store));
}

TEST_CASE("file_store: two damaged generations are an error")
{
    const test::scratch dir;
    asio::io_context io(1);
    const auto store = open(dir.path());
    dir.write(newest, "garbage");
    dir.write(previous, "garbage");
    test::run(io, load_damaged(*store));
}

TEST_CASE("file_store: saves that were begun are finished, in order, though their callers are stopped")
{
    const test::scratch dir;
    asio::io_context io(1);
    const auto store = open(dir.path());
    stopped_callers count;
    test::run(io, stop_while_saving(*store, 30, count));
    CHECK(count.saved == 30);
    CHECK(count.went_on == 0);  // the stop was not forgotten: the next wait threw
    test::run(io, must_load(*store, hosts, R"({"n":30})"));
}

TEST_CASE("file_store: the store does not go before a save that was begun is on the disk")
{
    const test::scratch dir;
    asio::io_context io(1);
    auto store = open(dir.path());
    bool done = false;
    asio::co_spawn(io, must_save(*store, hosts, R"({"n":1})"), [&done](std::exception_ptr) { done = true; });
    io.poll();
    store.reset();
    CHECK(dir.names() == std::vector{newest});
    io.run();
    CHECK(done);
}

TEST_CASE("file_store: the loop goes on while the disk works")
{
    const test::scratch dir;
    asio::io_context io(1);
    const auto store = open(dir.path());
    bool done = false;
    asio::co_spawn(io, must_save(*store, hosts, R"({"n":1})"), [&done](std::exception_ptr) { done = true; });
    CHECK(io.poll() > 0);  // returns with the save under way: nothing in it blocked the loop
    io.run();
    CHECK(done);
}
