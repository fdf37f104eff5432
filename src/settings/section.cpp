#include "settings/section.hpp"

#include "base/text.hpp"
#include "settings/values.hpp"

#include <cassert>
#include <cmath>
#include <utility>

// A reader and the table of schema.cpp, for `port: 4433x` below `status`:
//
//   section(map, part::status, …)   reports keys of the map that the table does not have
//   whole("port")                   finds the rule (whole, 0 to 65535, default 9688), reports "`4433x` is not a whole
//                                   number" in the line of the key, and returns 9688, so that reading goes on
namespace qdc::settings
{
namespace
{

const node no_map;

/// A limit as a person writes it: without a fraction where it has none.
std::string spelled(double value)
{
    if (value == std::floor(value) && std::abs(value) < 1e15)
        return std::to_string(static_cast<std::int64_t>(value));
    auto text = std::to_string(value);
    text.erase(text.find_last_not_of('0') + 1);
    return text;
}

/// The advice for a number that is none, or out of range.
std::string range_of(const rule& r)
{
    if (r.least > 0 && r.least < 1e-5)
        return "write a number above 0, at most " + spelled(r.most);
    return "write a number from " + spelled(r.least) + " to " + spelled(r.most);
}

/// "a|b|c" as advice: "write one of: a, b, c".
std::string words_of(std::string_view choices)
{
    std::string out = "write one of: ";
    for (const char c : choices)
        out += c == '|' ? std::string(", ") : std::string(1, c);
    return out;
}

/// Whether the word is one of "a|b|c".
bool is_choice(std::string_view word, std::string_view choices)
{
    const auto fenced = "|" + std::string(choices) + "|";
    return word.find('|') == word.npos && fenced.find("|" + std::string(word) + "|") != std::string::npos;
}

}  // namespace

section::section(const node& map, part map_kind, std::string path, findings& out, std::span<const rule> own)
    : map_(map),
      at_(map.at),
      map_kind_(map_kind),
      own_(own),
      path_(std::move(path)),
      out_(out)
{
    check_members();
    check_aliases();
    check_missing();
}

/// A map that is not there: every key reads as its default. Missing keys are reported, unless the map itself was.
section::section(absent absence, part map_kind, std::string path, findings& out)
    : map_(no_map),
      at_(std::move(absence.at)),
      map_kind_(map_kind),
      path_(std::move(path)),
      out_(out)
{
    if (!absence.reported)
        check_missing();
}

/// The rule of a key: the map's own rules win over those of its part. nullptr: nobody knows the key.
const rule* section::known(std::string_view key) const
{
    for (const auto& one : own_)
        if (one.key == key)
            return &one;
    return find_rule(map_kind_, key);
}

/// The rule of a key that a reader asks for, so it must have one.
const rule& section::rule_of(std::string_view key) const
{
    const auto* found = known(key);
    assert(found != nullptr && "a reader asks for a key that the schema does not have");
    return *found;
}

/// The member under the key itself, else under one of its aliases.
const member* section::find(std::string_view key) const
{
    if (const auto* own = map_.find(key); own != nullptr)
        return own;
    for (const auto& m : map_.members)
        if (const auto* r = known(m.key); r != nullptr && r->role == standing::alias && r->note == key)
            return &m;
    return nullptr;
}

const node* section::value(std::string_view key) const
{
    const auto* found = find(key);
    return found != nullptr && found->value.is != node::kind::null ? &found->value : nullptr;
}

/// Reports what is unknown or idle, and values that look as if somebody forgot to fill them in.
void section::check_members() const
{
    for (const auto& m : map_.members)
    {
        const auto* r = known(m.key);
        if (r == nullptr)
            report_unknown(m);
        else if (r->role == standing::idle)
            report_idle(m, *r);
        else if (m.value.is == node::kind::scalar)
            check_spelling(m, *r);
    }
}

void section::check_spelling(const member& m, const rule& r) const
{
    const bool hidden = r.is == form::secret;
    // A password with ` #` in it is cut there by YAML, and each wrong login counts towards a lock of the account.
    if (hidden && m.value.commented)
        out_.warning(
            m.at,
            join_path(path_, m.key),
            "ends in front of ` #`: what follows is a comment, not a part of the value",
            "put the value in quotes if the # belongs to it, else write the comment in a line of its own"
        );
    // What tidy() takes off other values may belong to a password, so it stays; in quotes it is meant.
    const bool comma = m.value.text.ends_with(',');
    if (hidden && !m.value.quoted && (comma || has_typographic_end(m.value.text)))
        out_.warning(
            m.at,
            join_path(path_, m.key),
            std::string(comma ? "ends with a comma" : "begins or ends with a typographic quote") +
                ", which is taken as a part of it",
            "put the value in plain quotes if that belongs to it, else remove it"
        );
    // A mask may well look like that.
    if (map_kind_ == part::obfuscation || !is_placeholder(m.value.text))
        return;
    out_.warning(
        m.at,
        join_path(path_, m.key),
        (hidden ? "looks" : shown(m.value.text) + " looks") + " like a placeholder; it is taken as it stands",
        hidden ? "write the value itself, or use a file: no variables are replaced here"
               : "write the value itself: no variables are replaced here"
    );
}

/// Of a key and its aliases only one can count; the others are reported.
void section::check_aliases() const
{
    for (const auto& m : map_.members)
    {
        const auto* r = known(m.key);
        if (r != nullptr && r->role == standing::alias && find(r->note) != &m)
            out_.warning(
                m.at,
                join_path(path_, m.key),
                "is ignored, because `" + find(r->note)->key + "` is given as well",
                "keep one of the two"
            );
    }
}

/// Reports each required key that has no value: not there at all, or there and empty.
void section::check_missing() const
{
    for (const auto& r : schema())
    {
        if (r.map_kind != map_kind_ || r.role != standing::required || given(r.key))
            continue;
        const auto* written = find(r.key);
        out_.error(
            written != nullptr ? written->at : at_,
            join_path(path_, r.key),
            written != nullptr ? "is empty" : "is missing",
            written != nullptr ? "give it a value" : "add `" + std::string(r.key) + ": …` to this map"
        );
    }
}

/// A key that the official collector knows and that changes nothing here.
void section::report_idle(const member& m, const rule& r) const
{
    const auto official = official_warning(m);
    out_.warning(
        m.at,
        join_path(path_, m.key),
        official.empty() ? "has no meaning here and is ignored" : official,
        "remove it: " + std::string(r.note)
    );
}

/// A key that nobody knows: with the name that was probably meant.
void section::report_unknown(const member& m) const
{
    const auto path = join_path(path_, m.key);
    // The official collector has many override_* settings; a misspelling is not likely there.
    if ((map_kind_ == part::service || map_kind_ == part::input) && m.key.starts_with("override_"))
    {
        out_.warning(
            m.at, path, "has no meaning here and is ignored", "of the official override_* settings, override_tag works"
        );
        return;
    }
    const auto official = official_warning(m);
    auto keys = known_keys(map_kind_);
    for (const auto& one : own_)
        keys.push_back(one.key);
    out_.unknown(
        m.at, path, official.empty() ? "is an unknown key and is ignored" : official, nearest_or_all(m.key, keys)
    );
}

std::string section::official_warning(const member& m) const
{
    if (map_kind_ != part::globals && map_kind_ != part::overrides)
        return {};
    return std::string("[WARNING] Illegal ") + (map_kind_ == part::globals ? "global" : "override") +
           " setting has been ignored -> " + without_login(m.key) + ": " + official_spelling(m.key, m.value);
}

/// The value if it is a single one; nullptr: it is missing, or (reported) a map or a list.
const node* section::scalar(std::string_view key) const
{
    const auto* v = value(key);
    if (v == nullptr || v->is == node::kind::scalar)
        return v;
    error(key, "is " + std::string(kind_name(*v)) + ", where a single value is due", "write `key: value` on one line");
    return nullptr;
}

/// Not tidied: a blank or a comma at its end may belong to a password.
std::string section::secret_text(std::string_view key) const
{
    const auto* v = scalar(key);
    return v != nullptr ? v->text : std::string();
}

std::string section::text(std::string_view key) const
{
    // Missing: the default. Present: without what pasting leaves around it, and checked against the choices.
    const auto& r = rule_of(key);
    const auto* v = scalar(key);
    if (v == nullptr)
        return std::string(r.standard);
    auto out = tidied_text(*v, path_of(key), out_);
    if (out.empty() && r.role == standing::required)
        error(key, "is empty", "give it a value");
    if (r.is != form::choice || is_choice(lowered(out), r.note))
        return r.is == form::choice ? lowered(out) : out;
    error(key, shown(out) + " is no choice", words_of(r.note));
    return std::string(r.standard);
}

bool section::flag(std::string_view key) const
{
    const auto& r = rule_of(key);
    const bool standard = r.standard == "true";
    const auto* v = scalar(key);
    if (v == nullptr)
        return standard;
    const auto written = tidied_text(*v, path_of(key), out_);
    if (const auto read = parse_flag(written))
        return *read;
    error(key, shown(written) + " is neither true nor false", "write true or false");
    return standard;
}

/// In each of these: missing or wrong reads as the default, and what is wrong is reported with the range.
std::int64_t section::whole(std::string_view key) const
{
    const auto& r = rule_of(key);
    const auto standard = parse_whole(r.standard).value_or(0);
    const auto* v = scalar(key);
    if (v == nullptr)
        return standard;
    const auto written = tidied_text(*v, path_of(key), out_);
    const auto read = parse_whole(written);
    if (!read)
        error(key, shown(written) + " is not a whole number", range_of(r));
    else if (static_cast<double>(*read) < r.least || static_cast<double>(*read) > r.most)
        error(key, written + " is out of range", range_of(r));
    else
        return *read;
    return standard;
}

double section::decimal(std::string_view key) const
{
    const auto& r = rule_of(key);
    const auto standard = parse_decimal(r.standard).value_or(0);
    const auto* v = scalar(key);
    if (v == nullptr)
        return standard;
    const auto written = tidied_text(*v, path_of(key), out_);
    const auto read = parse_decimal(written);
    if (!read)
        error(key, shown(written) + " is not a number", range_of(r));
    else if (*read < r.least || *read > r.most)
        error(key, written + " is out of range", range_of(r));
    else
        return *read;
    return standard;
}

section section::below(std::string_view key, part map_kind) const
{
    const auto* v = value(key);
    // The map is there; or it is something else, which is reported; or it is missing, which a required key reports only
    // once.
    if (v != nullptr && v->is == node::kind::map)
        return {*v, map_kind, path_of(key), out_};
    if (v != nullptr)
        error(key, "is " + std::string(kind_name(*v)) + ", where a map is due", "write its keys below it, indented");
    const bool reported = v != nullptr || rule_of(key).role == standing::required;
    return {absent{place_of(key), reported}, map_kind, path_of(key), out_};
}

/// Members with any name, such as those of `inputs`: their keys are names, so no rule knows them.
const std::vector<member>& section::entries(std::string_view key) const
{
    const auto* v = value(key);
    if (v == nullptr || v->is == node::kind::map)
        return v != nullptr ? v->members : no_map.members;
    error(key, "is " + std::string(kind_name(*v)) + ", where a map is due", "write its keys below it, indented");
    return no_map.members;
}

void section::error(std::string_view key, std::string message, std::string fix) const
{
    out_.error(place_of(key), path_of(key), std::move(message), std::move(fix));
}

void section::warning(std::string_view key, std::string message, std::string fix) const
{
    out_.warning(place_of(key), path_of(key), std::move(message), std::move(fix));
}

std::string section::path_of(std::string_view key) const
{
    const auto* found = find(key);
    return join_path(path_, found != nullptr ? std::string_view(found->key) : key);
}

const place& section::place_of(std::string_view key) const
{
    const auto* found = find(key);
    return found != nullptr ? found->at : at_;
}

}  // namespace qdc::settings
