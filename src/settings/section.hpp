#pragma once

#include "settings/document.hpp"
#include "settings/findings.hpp"
#include "settings/schema.hpp"
#include "settings/spelling.hpp"

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::settings
{

/// One map of the configuration, read by the table in schema.cpp.
///
/// The constructor reports what is unknown, idle or missing. A reader then asks for each key once, by the name and the
/// form of the table; a value that is missing or wrong (which is reported) reads as the table's default, so that
/// reading goes on and finds the next problem. Keeps references to the tree and to the findings.
class section
{
public:
    /// `path` is the key path of the map, empty for the root. `map` may be null: an empty map. `own`: rules that only
    /// this map has, before those of its part.
    section(const node& map, part map_kind, std::string path, findings& out, std::span<const rule> own = {});

    /// The key is there, under its own name or an alias, and has a value.
    bool given(std::string_view key) const { return value(key) != nullptr; }

    /// The value as it stands, or nullptr.
    const node* value(std::string_view key) const;

    /// A scalar's text, without what pasting leaves around it; a choice comes in lower case.
    std::string text(std::string_view key) const;

    /// A scalar's text, byte for byte.
    std::string secret_text(std::string_view key) const;

    /// true or false, in each of the spellings that parse_flag() takes.
    bool flag(std::string_view key) const;
    /// A whole number within the limits of its rule.
    std::int64_t whole(std::string_view key) const;
    /// A number within the limits of its rule.
    double decimal(std::string_view key) const;

    /// A whole number of seconds within the limits of its rule.
    std::chrono::seconds seconds(std::string_view key) const { return std::chrono::seconds(whole(key)); }

    /// The map under `key`; an empty one when it is missing or (reported) no map.
    section below(std::string_view key, part map_kind) const;

    /// The members of the map under `key`, with any names; none when it is missing or (reported) no map.
    const std::vector<member>& entries(std::string_view key) const;

    /// Reports about one key, in its line; about a key that is not there, in the line of the map.
    void error(std::string_view key, std::string message, std::string fix = {}) const;
    void warning(std::string_view key, std::string message, std::string fix = {}) const;

    /// The key path for a message, with the name that the file has: "inputs.qualys.credentials.password".
    std::string path_of(std::string_view key) const;
    /// Where the key stands; where it would stand, that is the map, if it is missing.
    const place& place_of(std::string_view key) const;

    /// The map itself; an empty one where none was given.
    const node& map() const { return map_; }

    /// Its key path; empty for the root.
    const std::string& path() const { return path_; }

    /// Where everything about this map is reported.
    findings& out() const { return out_; }

private:
    struct absent
    {
        place at;       ///< where it would stand
        bool reported;  ///< that it is missing has been said
    };

    section(absent, part map_kind, std::string path, findings& out);

    const rule* known(std::string_view key) const;
    const rule& rule_of(std::string_view key) const;
    const member* find(std::string_view key) const;
    const node* scalar(std::string_view key) const;
    void check_members() const;
    void check_spelling(const member& m, const rule& r) const;
    void check_aliases() const;
    void check_missing() const;
    void report_idle(const member& m, const rule& r) const;
    void report_unknown(const member& m) const;

    /// The official collector's words for a global that it drops; empty in other parts.
    std::string official_warning(const member& m) const;

    const node& map_;
    place at_;
    part map_kind_;
    std::span<const rule> own_;
    std::string path_;
    findings& out_;
};

}  // namespace qdc::settings
