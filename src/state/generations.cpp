// The files of one key, through a save; at each step the two names stand for complete generations:
//
//   step                              NAME.json    NAME.prev.json    NAME.json.tmp
//   before                            7            6                 –
//   temporary written, fsync          7            6                 8
//   names exchanged (renameat2)       8            6                 7
//   temporary renamed                 8            7                 –
//   fsync of the directory            8            7                 –
//
// A crash at any step leaves at least one of 7 and 8 under the first name; a temporary is swept at the next start.

#include "state/generations.hpp"

#include "state/disk.hpp"
#include "state/failure.hpp"
#include "state/file_name.hpp"

#include <boost/system/errc.hpp>

#include <fmt/core.h>

#include <unistd.h>

namespace qdc::state
{
namespace
{

/// Far above any checkpoint; it only keeps a foreign file of that name out of the memory.
constexpr std::size_t longest_file = 64u << 20;

/// What reading one file came to: a generation, or the reason why there is none.
struct one_file
{
    std::optional<generation> value;  ///< without its base, where it has one
    std::string problem;
    error_code error;
    bool missing{false};
    bool has_base{false};
};

/// Reads and decodes a generation; its base is not read yet.
one_file read_generation(const std::filesystem::path& path)
{
    one_file out;
    const auto content = read_file(path, longest_file);
    if (!content)
    {
        // A file that is missing is a case of its own: before the first save that is no damage.
        out.missing = content.error() == boost::system::errc::no_such_file_or_directory;
        out.error = content.error();
        out.problem = out.missing ? "it is missing" : content.error().message();
        return out;
    }
    auto decoded = decode(*content);
    out.value = std::move(decoded.value);
    out.problem = std::move(decoded.problem);
    if (!out.value)
        out.error = errc::state_damaged;
    return out;
}

/// Puts the base in front of a generation that has one.
one_file with_base(one_file found, const std::filesystem::path& directory, const file_names& names)
{
    // No base, or no generation: nothing to put in front.
    if (!found.value || !found.value->base)
        return found;
    found.has_base = true;
    const auto base = read_base(directory, names, *found.value->base);
    // A generation is only as good as its base: with that one damaged, the older generation is looked at.
    if (!base)
    {
        found.problem = fmt::format("its base {}: {}", names.bases[found.value->base->file], base.error().message());
        found.value.reset();
        found.error = errc::state_damaged;
        return found;
    }
    found.value->text = join_base(*base, found.value->text);
    found.value->base.reset();
    return found;
}

/// Whether a file system or a kernel cannot exchange names, as NFS.
bool is_not_offered(const error_code& ec)
{
    namespace e = boost::system::errc;
    return ec == e::invalid_argument || ec == e::function_not_supported || ec == e::operation_not_supported ||
           ec == e::operation_not_permitted;
}

/// The number of the generation that is about to be written; it grows by one with each save.
std::uint64_t next_number(const one_file& newest, const std::filesystem::path& previous)
{
    if (newest.value)
        return newest.value->number + 1;
    const auto older = read_generation(previous);
    // The number of the newest, which cannot be read, is not given a second time.
    return older.value ? older.value->number + 2 : 1;
}

/// Moves a finished temporary file to its place; the standing newest, where it is complete, becomes the previous one.
error_code put_in_place(
    const std::filesystem::path& temporary,
    const std::filesystem::path& newest,
    const std::filesystem::path& previous,
    bool newest_is_whole
)
{
    // A newest that is damaged or missing is simply replaced: it must never become the previous one.
    if (!newest_is_whole)
        return rename_file(temporary, newest);
    // The usual way: in one step the new file gets the name, and the old one is the temporary.
    const auto ec = exchange_files(temporary, newest);
    if (!ec)
        return rename_file(temporary, previous);
    if (!is_not_offered(ec))
        return ec;
    // Between these two the previous one stands alone for a moment.
    if (const auto failed = rename_file(newest, previous))
        return failed;
    return rename_file(temporary, newest);
}

/// An error code as a result.
result<void> outcome_of(const error_code& ec)
{
    if (ec)
        return ec;
    return {};
}

}  // namespace

finding find(const std::filesystem::path& directory, const state_key& key)
{
    const auto names = names_of(key);
    auto newest = with_base(read_generation(directory / names.newest), directory, names);
    // The usual case: the newest can be read.
    if (newest.value)
        return {std::move(newest.value), {}, {}};
    auto previous = with_base(read_generation(directory / names.previous), directory, names);
    if (newest.missing && previous.missing)
        return {};
    // From here on the newest is damaged or missing: the previous one is used, with the reason why.
    auto problem = fmt::format("{}: {}; ", names.newest, newest.problem);
    if (previous.value)
    {
        problem += fmt::format("generation {} of {} is used", previous.value->number, previous.value->saved_at);
        return {std::move(previous.value), std::move(problem), {}};
    }
    if (previous.missing && newest.error == errc::state_damaged)
    {
        // The one before the first is none. What was delivered since comes again, but nothing is lost.
        problem += "there is none before it, so the service begins anew";
        return {std::nullopt, std::move(problem), {}};
    }
    // Neither can be used: the error is that of the newest, where there is a file.
    problem += fmt::format("{}: {}", names.previous, previous.problem);
    return {std::nullopt, std::move(problem), newest.missing ? previous.error : newest.error};
}

result<void> write(
    const std::filesystem::path& directory,
    const state_key& key,
    std::string_view text,
    utc_time now,
    std::optional<utc_time> last_success,
    base_files& bases
)
{
    // The base is parted from the rest, so that only the rest is written again.
    auto parts = bases.split(text);
    if (!parts)
        return make_error_code(failure::not_an_object);
    const auto names = names_of(key);
    const auto newest = directory / names.newest;
    const auto previous = directory / names.previous;
    const auto temporary = directory / (names.newest + std::string(temporary_suffix));

    // What stands there, without reading its base again.
    const auto standing = read_generation(newest);
    const auto standing_base = standing.value ? standing.value->base : std::nullopt;
    const bool is_whole = standing.value && (!standing_base || bases.is_whole(directory, names, *standing_base));
    if (!last_success && standing.value)
        last_success = standing.value->last_success;
    generation next{next_number(standing, previous), utc_seconds(now), std::move(parts->text), last_success, {}};

    // The base first: no generation names one that is not on the disk.
    if (parts->has_base)
    {
        // The generation that becomes the previous one keeps its base file to itself; the new one uses another.
        const auto older = read_generation(previous);
        const auto older_base = older.value ? older.value->base : std::nullopt;
        auto base = is_whole ? bases.place(directory, names, standing_base, older_base)
                             : bases.place(directory, names, older_base, standing_base);
        if (!base)
            return base.error();
        next.base = std::move(*base);
    }

    // Then the generation that names it.
    if (const auto ec = write_durably(temporary, encode(next)))
        return ec;
    // The names change last; until here a failure has changed nothing that is read.
    if (const auto ec = put_in_place(temporary, newest, previous, is_whole))
    {
        ::unlink(temporary.c_str());  // the first error is the one to return
        return ec;
    }
    if (const auto ec = sync_directory(directory))
        return ec;
    // Without a base in either generation the base files serve nobody.
    if (is_whole && !standing_base && !next.base)
        bases.remove(directory, names);
    return {};
}

result<void> write(const std::filesystem::path& directory, const state_key& key, std::string_view text, utc_time now)
{
    base_files bases;
    return write(directory, key, text, now, std::nullopt, bases);
}

result<void> set_aside(const std::filesystem::path& directory, const state_key& key)
{
    const auto names = names_of(key);
    const auto newest = with_base(read_generation(directory / names.newest), directory, names);
    const auto previous = with_base(read_generation(directory / names.previous), directory, names);
    if (newest.missing && previous.missing)
        return make_error_code(failure::no_such_state);
    // The one in use moves last: a crash before leaves the state as it was, and never the older one in its place.
    const bool newest_is_used = newest.value || previous.missing;
    const auto& used = newest_is_used ? newest : previous;
    const auto used_path = directory / (newest_is_used ? names.newest : names.previous);
    const auto other_path = directory / (newest_is_used ? names.previous : names.newest);
    if (const auto ec = remove_file(other_path))
        return ec;
    // One file has to bring it back: its base goes into it, so it is written again instead of renamed.
    const bool rewritten = used.value && used.has_base;
    const auto kept = directory / names.set_aside;
    if (const auto ec = rewritten ? write_durably(kept, encode(*used.value)) : rename_file(used_path, kept))
        return ec;
    // The state is away once the used file is: from here on only leftovers are removed.
    if (const auto ec = remove_file(used_path))
        return ec;
    base_files().remove(directory, names);
    return outcome_of(sync_directory(directory));
}

}  // namespace qdc::state
