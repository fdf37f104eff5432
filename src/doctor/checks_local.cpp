#include "doctor/checks_local.hpp"

#include "app/input_store.hpp"
#include "state/failure.hpp"
#include "state/file_store.hpp"
#include "store/check.hpp"
#include "store/environment.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include <sys/stat.h>
#include <unistd.h>

namespace qdc::doctor
{
namespace
{

/// The directory itself, or the nearest one above it that exists.
std::filesystem::path existing(std::filesystem::path directory)
{
    std::error_code ignored;
    while (!std::filesystem::exists(directory, ignored) && directory.has_relative_path())
        directory = directory.parent_path();
    return directory;
}

/// What the start does with a state directory, in one beside it that is removed again.
error_code try_beside(const std::filesystem::path& above)
{
    auto name = (above / ".doctor-XXXXXX").native();
    if (::mkdtemp(name.data()) == nullptr)
        return {errno, boost::system::system_category()};
    error_code failure;
    {
        const auto opened = state::open_file_store(name);
        if (!opened)
            failure = opened.error();
    }
    std::error_code ignored;
    std::filesystem::remove_all(name, ignored);
    return failure;
}

/// A missing directory is made at the start.
void check_future_directory(const std::filesystem::path& directory, check_notes& notes)
{
    // A trial directory beside it shows whether locks and syncs work there.
    const auto above = existing(directory);
    const bool writable = ::access(above.c_str(), W_OK | X_OK) == 0;
    const auto failure = writable ? try_beside(above) : error_code();
    if (failure)
        notes.fail(
            "state directory",
            directory.string() + " does not exist, and what it needs does not work in " + above.string() + ": " +
                failure.message(),
            "put it on a file system that can lock and sync files"
        );
    else if (writable)
        notes.ok("state directory", directory.string() + " will be made at the start");
    else
        notes.fail(
            "state directory",
            directory.string() + " does not exist, and " + above.string() + " cannot be written to",
            "make it, and give it to the user that the collector runs as"
        );
}

/// Whether the state directory can be used: missing, not writable, of another user, in use, or good.
void check_directory(const std::filesystem::path& directory, check_notes& notes)
{
    struct stat facts
    {
    };

    if (::stat(directory.c_str(), &facts) != 0)
        return check_future_directory(directory, notes);
    // Root may write everywhere, so for root only the owner below is looked at.
    if (::geteuid() != 0 && ::access(directory.c_str(), W_OK | X_OK) != 0)
        return notes.fail(
            "state directory",
            fmt::format(
                "{} belongs to uid {} and cannot be written to by uid {}", directory.string(), facts.st_uid, ::geteuid()
            ),
            "if the collector runs as this user: " + state::chown_advice(directory)
        );
    // Its lock would be made as ours, and the collector could not open it.
    if (facts.st_uid != ::geteuid())
        return notes.warn(
            "state directory",
            fmt::format("{} belongs to another user (uid {}), so it was not tried", directory.string(), facts.st_uid),
            "run doctor as the user that the collector runs as"
        );
    // Tried as at a start: lock, file, sync. A lock that is taken means that a collector runs.
    const auto opened = state::open_file_store(directory);
    if (opened)
        notes.ok("state directory", directory.string() + " can be written to");
    else if (opened.error() == state::failure::in_use)
        notes.ok("state directory", directory.string() + " is in use by a running collector");
    else
        notes.fail(
            "state directory",
            directory.string() + ": " + opened.error().message(),
            "give it to the user that the collector runs as, mode 0700"
        );
}

/// How much space the state's file system has left.
void check_space(const std::filesystem::path& directory, check_notes& notes)
{
    // Two generations of each state and the one that is being written need far less; a disk with so little is filling up.
    constexpr std::uintmax_t enough_mb = 100;
    std::error_code failure;
    const auto space = std::filesystem::space(existing(directory), failure);
    if (failure)
        return notes.warn("disk space", directory.string() + ": " + failure.message(), "look at the file system");
    const auto free_mb = space.available / 1'000'000;
    const auto text = fmt::format("{} MB free for {}", free_mb, directory.string());
    if (free_mb < enough_mb)
        notes.warn("disk space", text, "make room: on a full disk no checkpoint can be saved");
    else
        notes.ok("disk space", text);
}

/// What stands beside the checkpoints: read over as at a start. No file of it is made.
void check_stores(const settings::collector& settings, check_notes& notes)
{
    for (const auto& input : settings.inputs)
    {
        struct stat facts
        {
        };

        // Only a store that exists and is ours is looked at; nothing is made here.
        const auto folder = app::store_folder(settings.state_directory, input.name, input.id);
        if (::stat(folder.c_str(), &facts) != 0 || facts.st_uid != ::geteuid())
            continue;
        // Read over in a child process, which damage may end; the size is looked up afterwards.
        const auto failure = store::check(folder, store::usual_check);
        const auto size = store::look_into(folder, {}, {});
        if (failure)
            notes.warn(
                "store",
                fmt::format("{}: {}", folder.string(), failure.message()),
                "none is needed: the next start sets it aside, the KnowledgeBase is fetched again, findings count as "
                "new"
            );
        else if (size)
            notes.ok(
                "store",
                fmt::format("{}: {:.1f} MB, whole", folder.string(), static_cast<double>(size->disk_bytes) / 1e6)
            );
    }
}

}  // namespace

void check_configuration(const settings::outcome& read, check_notes& notes)
{
    for (const auto& problem : read.problems)
    {
        const auto place = problem.file + (problem.line != 0 ? ':' + std::to_string(problem.line) : "");
        const auto text = place + (problem.key.empty() ? "" : ": " + problem.key) + ": " + problem.what;
        if (problem.severity == settings::severity::error)
            notes.fail("configuration", text, problem.fix);
        else
            notes.warn("configuration", text, problem.fix);
    }
    if (read.problems.empty())
        notes.ok("configuration", (read.files.pair ? read.files.job_config : read.files.config).path.string());
}

void check_state(const settings::collector& settings, check_notes& notes)
{
    if (settings.state == settings::persistence::memory)
        return notes.ok("state directory", "none: checkpoints are kept in memory");
    check_directory(settings.state_directory, notes);
    check_space(settings.state_directory, notes);
    check_stores(settings, notes);
}

void check_tags(const settings::input& input, check_notes& notes)
{
    // settings/ refuses what is no tag. (Devo, "About Devo tags".)
    for (const auto& service : input.services)
        notes.ok(service.name + " tag", service.tag);
}

}  // namespace qdc::doctor
