// A state of which most stays the same, `{"base":{"list":[…]},"mark":"b"}`, is kept in two files:
//
//   NAME.base1.json   {"list":[…]}                              written once
//   NAME.json         {"format":2,…,"base":{"file":0,"checksum":"…"},…,"state":{"mark":"b"}}     with each save

#include "state/base_file.hpp"

#include "base/json_text.hpp"
#include "state/digest.hpp"
#include "state/disk.hpp"

#include <utility>

namespace qdc::state
{
namespace
{

/// Far above any base; it only keeps a foreign file of that name out of the memory.
constexpr std::size_t most_base_bytes = 64u << 20;

constexpr std::string_view base_head = R"({"base":)";

/// The members behind the base as an object: `,"a":1}` becomes `{"a":1}`, and `}` becomes `{}`.
std::string as_object(std::string_view members)
{
    if (members.starts_with(','))
        members.remove_prefix(1);
    return '{' + std::string(members);
}

/// Whether a file is the one of which these facts were, and was not written to since.
bool is_unchanged(const std::filesystem::path& path, const struct ::stat& facts)
{
    struct ::stat now = {};
    return ::stat(path.c_str(), &now) == 0 && now.st_dev == facts.st_dev && now.st_ino == facts.st_ino &&
           now.st_size == facts.st_size && now.st_mtim.tv_sec == facts.st_mtim.tv_sec &&
           now.st_mtim.tv_nsec == facts.st_mtim.tv_nsec && now.st_ctim.tv_sec == facts.st_ctim.tv_sec &&
           now.st_ctim.tv_nsec == facts.st_ctim.tv_nsec;
}

}  // namespace

std::string join_base(std::string_view base, std::string_view text)
{
    // `{"a":1}` goes behind the base as `,"a":1}`, and `{}` as `}`.
    const auto members = text.substr(1);
    std::string state;
    state.reserve(base_head.size() + base.size() + 1 + members.size());
    state += base_head;
    state += base;
    if (members != "}")
        state += ',';
    return state += members;
}

result<std::string>
read_base(const std::filesystem::path& directory, const file_names& names, const base_reference& base)
{
    // The checksum of the generation that names it, not one in the file, says what is meant.
    auto content = read_file(directory / names.bases[base.file], most_base_bytes);
    if (content && sha256_hex(*content) != base.checksum)
        return make_error_code(errc::state_damaged);
    return content;
}

std::optional<split_state> base_files::split(std::string_view state)
{
    // The base of the last time: only what is behind it is new.
    const auto behind_head = state.starts_with(base_head) ? state.substr(base_head.size()) : std::string_view();
    if (!base_.empty() && behind_head.starts_with(base_))
    {
        const auto members = behind_head.substr(base_.size());
        // Anything else behind it is no compact JSON: the long way below reads it.
        if (members.starts_with(",\"") || members.starts_with('}'))
        {
            auto text = compact_object(as_object(members));
            return text ? std::optional(split_state{true, std::move(*text)}) : std::nullopt;
        }
    }

    // Another one, or none.
    // Compact first, so that one base always has one text and one checksum.
    auto compact = compact_object(state);
    if (!compact)
        return std::nullopt;
    if (!compact->starts_with(std::string(base_head) + '{'))
        return split_state{false, std::move(*compact)};
    const auto from_base = std::string_view(*compact).substr(base_head.size());
    const auto size = json_value_length(from_base);
    // Remembered for the next split(), and for place(), which writes it.
    base_ = from_base.substr(0, size);
    checksum_ = sha256_hex(base_);
    return split_state{true, as_object(from_base.substr(size))};
}

bool base_files::is_whole(const std::filesystem::path& directory, const file_names& names, const base_reference& base)
{
    const auto path = directory / names.bases[base.file];
    auto& known = files_[base.file];
    // Known and untouched since it was looked at: not read again, however large it is.
    if (known.checksum == base.checksum && is_unchanged(path, known.facts))
        return true;
    known = {};
    // Facts before reading: a change in between shows the next time.
    struct ::stat facts = {};
    if (::stat(path.c_str(), &facts) != 0 || !read_base(directory, names, base))
        return false;
    known = {base.checksum, facts};
    return true;
}

result<base_reference> base_files::place(
    const std::filesystem::path& directory,
    const file_names& names,
    const std::optional<base_reference>& beside,
    const std::optional<base_reference>& replaced
)
{
    // One that has it already.
    for (std::size_t file = 0; file < files_.size(); ++file)
    {
        const bool is_free = !beside || beside->file != file;
        const bool has_it = files_[file].checksum == checksum_;
        if (is_free && has_it && is_unchanged(directory / names.bases[file], files_[file].facts))
            return base_reference{file, checksum_};
    }

    // Else one that nobody uses.
    std::size_t file = 0;
    while ((beside && beside->file == file) || (replaced && replaced->file == file))
        ++file;
    const auto path = directory / names.bases[file];
    const auto temporary = directory / (names.bases[file] + std::string(temporary_suffix));
    // Forgotten first: after an error nothing is known of that file.
    files_[file] = {};
    may_exist_ = true;
    // Temporary and rename, as for a generation: nobody sees half of a base.
    if (const auto ec = write_durably(temporary, base_))
        return ec;
    if (const auto ec = rename_file(temporary, path))
        return ec;
    // No generation may name what a power cut could still take away.
    if (const auto ec = sync_directory(directory))
        return ec;
    if (::stat(path.c_str(), &files_[file].facts) != 0)
        return last_error();
    files_[file].checksum = checksum_;
    return base_reference{file, checksum_};
}

void base_files::remove(const std::filesystem::path& directory, const file_names& names)
{
    if (!may_exist_)
        return;
    may_exist_ = false;
    base_.clear();
    for (std::size_t file = 0; file < files_.size(); ++file)
    {
        files_[file] = {};
        // One that stays is worthless, and harmless.
        static_cast<void>(remove_file(directory / names.bases[file]));
    }
}

}  // namespace qdc::state
