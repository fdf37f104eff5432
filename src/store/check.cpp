//  the program                                 a child process
//    |--- fork() ------------------------------->| opens the store, reads every key, value and checksum
//    |  polls the pipe, `longest` at most        |
//    |<-- 0: all of it can be read --------------| or LMDB's code for what is wrong
//    |<-- the pipe's end, and nothing in it -----| it died: the map sent it to a bad address
//    |    nothing in time: the store is believed |
//    |--- SIGKILL, waitpid() ------------------->|

#include "store/check.hpp"

#include "store/lmdb.hpp"

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>

#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace qdc::store
{
namespace
{

/// Every key and value of one table.
error_code read_table(MDB_txn& transaction, const std::string& name)
{
    // The notes have keys of another kind, and no checksums.
    if (name == notes_table)
        return {};
    const auto table = table_handle(transaction, name, value_table_flags, access::read);
    if (!table)
        return table.error();
    MDB_cursor* raw = nullptr;
    if (const int code = mdb_cursor_open(&transaction, *table, &raw); code != 0)
        return lmdb_error(code);
    const cursor_handle cursor(raw);
    // From the first key to the last: LMDB answers MDB_NOTFOUND behind it.
    MDB_val key{}, value{};
    int code = mdb_cursor_get(raw, &key, &value, MDB_FIRST);
    for (; code == 0; code = mdb_cursor_get(raw, &key, &value, MDB_NEXT))
    {
        // A key that is no number, or a value that its checksum does not fit, is damage that LMDB itself does not see.
        std::uint64_t number = 0;
        if (key.mv_size != sizeof number)
            return lmdb_error(MDB_CORRUPTED);
        std::memcpy(&number, key.mv_data, sizeof number);
        if (!checked_value(number, text_of(value)))
            return lmdb_error(MDB_CORRUPTED);
    }
    return code == MDB_NOTFOUND ? error_code() : lmdb_error(code);
}

/// Reads every table of the environment: their names are the keys of the unnamed one.
error_code read_all(MDB_txn& transaction)
{
    MDB_dbi names = 0;
    MDB_cursor* raw = nullptr;
    if (const int code = mdb_dbi_open(&transaction, nullptr, 0, &names); code != 0)
        return lmdb_error(code);
    if (const int code = mdb_cursor_open(&transaction, names, &raw); code != 0)
        return lmdb_error(code);
    const cursor_handle cursor(raw);
    MDB_val name{}, ignored{};
    int code = mdb_cursor_get(raw, &name, &ignored, MDB_FIRST);
    for (; code == 0; code = mdb_cursor_get(raw, &name, &ignored, MDB_NEXT))
        if (const auto failure = read_table(transaction, std::string(text_of(name))))
            return failure;
    return code == MDB_NOTFOUND ? error_code() : lmdb_error(code);
}

/// Whether the store is of a version that this program understands.
error_code check_format(MDB_txn& transaction)
{
    const auto notes = table_handle(transaction, notes_table, 0, access::read);
    if (!notes && notes.error().value() == MDB_NOTFOUND)
        return {};  // it was made, and nothing was ever saved in it
    if (!notes)
        return notes.error();
    auto key = bytes_of(format_note);
    MDB_val value{};
    // A store with notes and without a format is of another version.
    const int code = mdb_get(&transaction, *notes, &key, &value);
    if (code != 0)
        return lmdb_error(code == MDB_NOTFOUND ? MDB_VERSION_MISMATCH : code);
    return text_of(value) == format_version ? error_code() : lmdb_error(MDB_VERSION_MISMATCH);
}

/// Opens the store and reads it to its end.
error_code read_store(const std::filesystem::path& folder)
{
    const auto env = open_handle(folder, access::read);
    if (!env)
        return env.error();
    const auto transaction = begin(**env, access::read);
    if (!transaction)
        return transaction.error();
    if (const auto failure = check_format(**transaction))
        return failure;
    return read_all(**transaction);
}

/// The child: reads everything, writes what it found as a number, and ends without touching anything of its parent.
[[noreturn]] void read_and_report(const std::filesystem::path& folder, int report)
{
    // It must not outlive its parent, and its death by damage is expected: no core file.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL})
        std::signal(signal, SIG_DFL);  // the parent's way of ending is not ours
    const int found = read_store(folder).value();
    [[maybe_unused]] const auto written = ::write(report, &found, sizeof found);
    ::_exit(0);
}

}  // namespace

error_code check(const std::filesystem::path& folder, std::chrono::milliseconds longest)
{
    // The child writes its number into one end of a pipe, the parent waits at the other.
    int ends[2];
    if (::pipe(ends) != 0)
        return lmdb_error(errno);
    const auto child = ::fork();
    if (child == 0)
    {
        ::close(ends[0]);
        read_and_report(folder, ends[1]);
    }
    // The parent's copy of the writing end is closed: now the child's death shows as the pipe's end.
    ::close(ends[1]);
    if (child < 0)
    {
        ::close(ends[0]);
        return lmdb_error(errno);
    }

    // Nothing to read although its end is there: the child died, and damage is the reason.
    pollfd waiting{ends[0], POLLIN, 0};
    int ready = 0;
    do
        ready = ::poll(&waiting, 1, static_cast<int>(longest.count()));
    while (ready < 0 && errno == EINTR);
    int found = MDB_CORRUPTED;
    // No answer in time: damage is not proven, and a large store must not keep the program from starting.
    if (ready == 0)
        found = 0;
    else if (::read(ends[0], &found, sizeof found) != static_cast<ssize_t>(sizeof found))
        found = MDB_CORRUPTED;
    // Also a child that is still reading ends here; it has nothing to put in order.
    ::close(ends[0]);
    ::kill(child, SIGKILL);
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR)
    {
    }
    return found == 0 ? error_code() : lmdb_error(found);
}

}  // namespace qdc::store
