#include "settings/document.hpp"

#include "settings/findings.hpp"
#include "settings/repair.hpp"
#include "settings/spelling.hpp"
#include "settings/values.hpp"
#include "settings/yaml_text.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <utility>
#include <vector>

// The text of a file goes through three steps; all keep the lines where they are, so that messages show the right one:
//
//   repair()            what pasting breaks: typographic quotes, stray commas, indentation
//   join_surrogates()   what yaml-cpp refuses of JSON
//   converter           yaml-cpp's tree -> ours, with places, without aliases and merge keys
namespace qdc::settings
{
namespace
{

/// Aliases can make a small file endless (`&a [*a]`); no honest configuration comes near these.
constexpr std::size_t most_levels = 64;
constexpr std::size_t most_nodes = 100'000;

/// Turns yaml-cpp's tree into ours.
class converter
{
public:
    converter(const std::string& file, findings& out) : file_(std::make_shared<const std::string>(file)), out_(out) {}

    place at(int line) const { return {file_, static_cast<std::size_t>(line + 1)}; }

    node parse(const std::string& text)
    {
        split_lines(text);
        try
        {
            // Syntax errors come as exceptions; what stands behind the document would be passed over in silence.
            const auto document = YAML::Load(text);
            if (const auto line = line_behind_document(text))
                out_.error(
                    at(*line),
                    {},
                    "stands behind the end of the document and would be ignored",
                    "keep one document per file, and check brackets and commas"
                );
            // The root of a configuration is a map; anything else is reported.
            auto root = convert(document, {}, 0);
            if (root.is == node::kind::map)
                return root;
            if (root.is == node::kind::null)
                out_.error(at(-1), {}, "holds no settings", "begin with config/config.example.yaml");
            else
                out_.error(root.at, {}, "holds no `key: value` pairs", "begin with config/config.example.yaml");
        }
        catch (const YAML::Exception& e)
        {
            out_.error(
                at(e.mark.line),
                {},
                "cannot be read as YAML or JSON from here on: " + without_content(e.msg),
                "check quotes, commas and indentation of this line and the one before"
            );
        }
        return {};
    }

private:
    node convert(const YAML::Node& source, const std::string& path, std::size_t level)
    {
        node to;
        to.at = at(source.Mark().line);
        // An endless or huge tree is reported once, and read no deeper.
        if (level > most_levels || ++nodes_ > most_nodes)
        {
            if (!std::exchange(refused_, true))
                out_.error(to.at, path, "is nested too deeply or refers to itself", "write the value without aliases");
            return to;
        }
        switch (source.Type())
        {
            // The spelling stays as it is; whether it was quoted and has a comment behind it matters to some keys.
            case YAML::NodeType::Scalar:
                to.is = node::kind::scalar;
                to.text = source.Scalar();
                to.quoted = source.Tag() == "!";
                to.commented = !to.quoted && has_comment(source);
                note_lost_text(source, to, path);
                break;
            // Items have their place in the list in their path: "services[0]".
            case YAML::NodeType::Sequence:
                to.is = node::kind::list;
                for (const auto& item : source)
                    to.items.push_back(convert(item, path + "[" + std::to_string(to.items.size()) + "]", level + 1));
                break;
            case YAML::NodeType::Map:
                to.is = node::kind::map;
                for (const auto& pair : source)
                    add_member(to, pair.first, pair.second, path, level);
                // YAML's merge keys come last, wherever they stand: what the map says itself wins.
                for (const auto& pair : source)
                    if (is_merge(pair.first, pair.second))
                        merge(to, convert(pair.second, path, level + 1));
                break;
            default:
                break;
        }
        return to;
    }

    /// The lines of the text, to look for comments behind values.
    void split_lines(std::string_view text)
    {
        while (!text.empty())
        {
            const auto end = std::min(text.find('\n'), text.size() - 1);
            lines_.push_back(text.substr(0, end + 1));
            text.remove_prefix(end + 1);
        }
    }

    /// Whether ` #` follows the scalar in its line: `abc #def` is `abc` to YAML, whatever was meant.
    bool has_comment(const YAML::Node& scalar) const
    {
        const auto mark = scalar.Mark();
        if (mark.line < 0 || mark.column < 0 || static_cast<std::size_t>(mark.line) >= lines_.size())
            return false;
        const auto line = lines_[static_cast<std::size_t>(mark.line)];
        const auto begin = static_cast<std::size_t>(mark.column);
        if (begin >= line.size() || !line.substr(begin).starts_with(scalar.Scalar()))
            return false;
        const auto behind = line.substr(begin + scalar.Scalar().size());
        const auto mark_at = behind.find_first_not_of(" \t");
        return mark_at != behind.npos && mark_at > 0 && behind[mark_at] == '#';
    }

    /// `password: !abc` is, to YAML, an empty value with a tag: say so, or the half-read value puzzles everybody.
    void note_lost_text(const YAML::Node& source, const node& to, const std::string& path)
    {
        if (to.text.empty() && !to.quoted && source.Tag().size() > 1)
            out_.error(to.at, path, "is empty, because a plain value must not begin with `!`", "put it in quotes");
    }

    void
    add_member(node& to, const YAML::Node& key, const YAML::Node& value, const std::string& path, std::size_t level)
    {
        const auto place = at(key.Mark().line);
        if (!key.IsScalar())
        {
            out_.error(place, path, "has a key that is no plain word", "write `key: value`");
            return;
        }
        // Merge keys are handled behind all others.
        if (is_merge(key, value))
            return;
        // A key may need the same repair as a value; after it, it must be a plain word.
        const auto name = repaired_key(key.Scalar(), place, path);
        const auto full = path.empty() ? name : path + "." + name;
        if (!is_word(name))
        {
            out_.error(
                place,
                path,
                "holds text where a key is due: a quote or bracket here or above is not closed",
                "check quotes and brackets"
            );
            return;
        }
        // Of two equal keys the first one counts.
        auto child = convert(value, full, level + 1);
        if (const auto* first = to.find(name))
        {
            out_.error(
                place, full, "is given twice, first in line " + std::to_string(first->at.line), "keep one of the two"
            );
            return;
        }
        // A map begins, for people, where its name stands; so does what is empty.
        if (child.is != node::kind::scalar)
            child.at = place;
        to.members.push_back({name, place, std::move(child)});
    }

    /// No key of this file has another `key: value` in it; one that has is text that a bracket swallowed.
    static bool is_word(std::string_view name)
    {
        return name.size() <= 128 && name.find(": ") == name.npos && name.find_first_of("\r\n") == name.npos;
    }

    /// Whether the pair is `<<: *anchor`, which puts the members of another map here.
    static bool is_merge(const YAML::Node& key, const YAML::Node& value)
    {
        return key.IsScalar() && key.Scalar() == "<<" && (value.IsMap() || value.IsSequence());
    }

    /// Adds the members of a map, or of each map of a list, that `target` has not.
    static void merge(node& target, node source)
    {
        for (auto& item : source.items)
            merge(target, std::move(item));
        for (auto& m : source.members)
            if (target.find(m.key) == nullptr)
                target.members.push_back(std::move(m));
    }

    /// The key without what pasting left around it; what was dropped is reported.
    std::string repaired_key(const std::string& written, const place& place, const std::string& path)
    {
        auto [name, commas, quotes] = tidy(written);
        const auto full = path.empty() ? name : path + "." + name;
        if (quotes)
            out_.warning(place, full, "typographic quotes around the key were dropped", "write plain quotes, or none");
        if (name.size() > 1 && name.ends_with(':'))
        {
            name.resize(name.find_last_not_of(':') + 1);
            const auto repaired = path.empty() ? name : path + "." + name;
            out_.warning(place, repaired, shown(name + "::") + " was read as " + shown(name + ":"), "write one colon");
        }
        return name;
    }

    std::shared_ptr<const std::string> file_;
    findings& out_;
    std::vector<std::string_view> lines_;  ///< of the text while it is parsed
    std::size_t nodes_{0};
    bool refused_{false};
};

/// The key path of what stands in a line, as deep as it goes; empty: nothing begins there.
std::string path_in_line(const node& node, std::size_t line, const std::string& path)
{
    for (const auto& m : node.members)
    {
        const auto full = path.empty() ? m.key : path + "." + m.key;
        if (auto deeper = path_in_line(m.value, line, full); !deeper.empty())
            return deeper;
        if (m.at.line == line)
            return full;
    }
    for (const auto& item : node.items)
    {
        if (auto deeper = path_in_line(item, line, path); !deeper.empty())
            return deeper;
        if (item.at.line == line)
            return path;
    }
    return {};
}

}  // namespace

const member* node::find(std::string_view key) const
{
    for (const auto& m : members)
        if (m.key == key)
            return &m;
    return nullptr;
}

node parse_document(std::string text, const std::string& file, findings& out)
{
    converter convert(file, out);
    // UTF-16 of plain letters is also UTF-8, with a NUL beside each of them; YAML takes a NUL nowhere.
    if (!is_utf8(text) || text.find('\0') != text.npos)
    {
        out.error(convert.at(-1), {}, "is not UTF-8", "save the file as UTF-8");
        return {};
    }
    if (text.starts_with("\xEF\xBB\xBF"))
        text.erase(0, 3);
    const auto repaired = repair(std::move(text));
    auto root = convert.parse(join_surrogates(repaired.text));
    // Repairs are reported when the tree is there, because only it shows which key a line belongs to.
    for (const auto& note : repaired.notes)
        out.warning(
            convert.at(static_cast<int>(note.line) - 1),
            path_in_line(root, note.line, {}),
            std::string(note.what),
            std::string(note.fix)
        );
    return root;
}

}  // namespace qdc::settings
