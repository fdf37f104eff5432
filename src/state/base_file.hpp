#pragma once

#include "base/error.hpp"
#include "state/envelope.hpp"
#include "state/file_name.hpp"

#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <sys/stat.h>

namespace qdc::state
{

/// A large state, of which most stays the same over many saves, begins with a member `base`, an object:
/// `{"base":{…},"mark":"…"}`. The base is written once, to a file of its own; each generation names that file, with the
/// base's checksum, and holds the other members. So what a save costs does not depend on the size of the base.
///
/// No two generations share a base file: one fault of the disk would take both. So there are three, of which the newest
/// and the previous generation use one each, and the third takes the next base.

/// What base_files::split() finds in a state.
struct split_state
{
    bool has_base{false};
    std::string text;  ///< the members behind the base, as an object; without a base the complete state. Compact
};

/// The state of which split_state::text is the rest.
std::string join_base(std::string_view base, std::string_view text);

/// What stands in a base file. errc::state_damaged: it is not the base that is meant.
[[nodiscard]] result<std::string>
read_base(const std::filesystem::path& directory, const file_names& names, const base_reference& base);

/// The base of one key, and where on the disk it is known to stand, so that neither is looked at again while they stay
/// as they are. One that was just made knows nothing, and looks.
class base_files
{
public:
    /// Parts a state. Nothing: it is not one JSON object.
    std::optional<split_state> split(std::string_view state);

    /// Whether that base still stands in its file.
    bool is_whole(const std::filesystem::path& directory, const file_names& names, const base_reference& base);

    /// A file that holds the base of the last split(), for a new generation. `beside`: what the generation uses that is
    /// going to be the previous one; the file is another. `replaced`: what the one uses whose place is taken; where a
    /// file has to be written, it is neither of the two.
    [[nodiscard]] result<base_reference> place(
        const std::filesystem::path& directory,
        const file_names& names,
        const std::optional<base_reference>& beside,
        const std::optional<base_reference>& replaced
    );

    /// No generation uses one any more.
    void remove(const std::filesystem::path& directory, const file_names& names);

private:
    /// By what a file is known to be the same, and unchanged.
    struct known_file
    {
        std::string checksum;  ///< of the base in it; empty: it is not known
        struct ::stat facts = {};
    };

    std::string base_;
    std::string checksum_;
    std::array<known_file, base_file_count> files_{};
    bool may_exist_{true};  ///< any of them
};

}  // namespace qdc::state
