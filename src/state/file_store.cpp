//  collect/checkpoint (the loop)        file_store               the disk thread
//    |--- save(hosts) -------------------->|--- job, co_spawn ------->| lock.renew(), write()
//    |  the loop goes on; a stop waits     |                          | temporary, fsync, rename, fsync
//    |--- save(scans) -------------------->|--- job, queued --------->|   (one thread: jobs keep their order)
//    |<-- saved, or an error --------------|<-- result ---------------|

#include "state/file_store.hpp"

#include "flow/other_thread.hpp"
#include "state/directory_lock.hpp"
#include "state/disk.hpp"
#include "state/file_name.hpp"
#include "state/generations.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>

#include <chrono>
#include <map>

#include <unistd.h>

namespace qdc::state
{
namespace
{

namespace asio = boost::asio;

/// On the disk thread: reads the newest generation that can be believed.
asio::awaitable<result<loaded_state>> load_now(std::filesystem::path directory, state_key key)
{
    auto found = find(directory, key);
    if (found.error)
        co_return found.error;
    loaded_state out;
    out.fallback = std::move(found.problem);
    if (found.value)
    {
        out.text = std::move(found.value->text);
        out.saved_at = parse_utc(found.value->saved_at);
        out.last_success = found.value->last_success;
    }
    co_return out;
}

/// On the disk thread: one save, with the directory still ours.
asio::awaitable<result<void>> save_now(
    std::filesystem::path directory,
    directory_lock& lock,
    base_files& bases,
    state_key key,
    std::string text,
    std::optional<utc_time> last_success
)
{
    // Somebody may have removed the lock's file or replaced the folder since the last save.
    if (const auto failed = lock.renew(directory))
        co_return failed;
    const auto written = write(directory, key, text, std::chrono::system_clock::now(), last_success, bases);
    co_return written;
}

/// A state directory: each call is a job on the one disk thread, which the caller awaits to its end.
class file_store final : public state_store
{
public:
    file_store(std::filesystem::path directory, directory_lock lock)
        : directory_(std::move(directory)),
          lock_(std::move(lock))
    {
    }

    ~file_store() override
    {
        disk_.join();  // the pool's own destructor would drop what is still queued
    }

    file_store(const file_store&) = delete;
    file_store& operator=(const file_store&) = delete;

    asio::awaitable<result<loaded_state>> load(state_key key) override
    {
        auto job = load_now(directory_, std::move(key));
        auto loaded = co_await asio::co_spawn(disk_, std::move(job), to_the_end());
        co_return loaded;
    }

    asio::awaitable<result<void>> save(state_key key, std::string text, std::optional<utc_time> last_success) override
    {
        // Each key remembers which base stands on the disk, so that an unchanged one is not written again.
        auto& bases = bases_[names_of(key).newest];
        auto job = save_now(directory_, lock_, bases, std::move(key), std::move(text), last_success);
        const auto saved = co_await asio::co_spawn(disk_, std::move(job), to_the_end());
        co_return saved;
    }

private:
    std::filesystem::path directory_;
    directory_lock lock_;                      // released after the last save
    std::map<std::string, base_files> bases_;  // by the newest file's name; each is used on the disk thread only
    asio::thread_pool disk_{1};
};

/// Says at the start what otherwise the first checkpoint would say: read-only, full, not ours.
error_code probe(const std::filesystem::path& directory)
{
    const auto path = directory / (".probe" + std::string(temporary_suffix));
    if (const auto ec = write_durably(path, "can this be written?\n"))
        return ec;
    return remove_file(path);
}

/// Temporary files of a process that was killed. With the lock held they are nobody's.
error_code sweep(const std::filesystem::path& directory)
{
    std::error_code ec;
    for (auto it = std::filesystem::directory_iterator(directory, ec); !ec && it != end(it); it.increment(ec))
        if (it->path().extension() == temporary_suffix)
            if (const auto failed = remove_file(it->path()))
                return failed;
    return ec;
}

}  // namespace

result<std::unique_ptr<state_store>> open_file_store(const std::filesystem::path& directory)
{
    // Locked first: only then the temporary files are known to be nobody's.
    auto lock = directory_lock::take(directory);
    if (!lock)
        return lock.error();
    if (const auto ec = sweep(directory))
        return ec;
    if (const auto ec = probe(directory))
        return ec;
    return std::unique_ptr<state_store>(std::make_unique<file_store>(directory, std::move(*lock)));
}

std::string chown_advice(const std::filesystem::path& directory)
{
    return "chown -R " + std::to_string(::geteuid()) + ' ' + directory.string() +
           " (in a container: the folder that is mounted there)";
}

}  // namespace qdc::state
