#include "settings/repair_lines.hpp"

#include "settings/filters.hpp"
#include "settings/values.hpp"

#include <vector>

// The two shapes of the official page's samples, and what becomes of them:
//
//   filters:                    filters:
//     details: All        ->     details: All
//       show_tags: 1             show_tags: 1       a key deeper than the complete value above it
//
//   filters:                    filters:
//   details: All           ->     details: All      filters no deeper than their map
//   show_tags: 1                  show_tags: 1
namespace qdc::settings
{
namespace
{

/// What one line is, as far as its indentation matters.
struct row
{
    std::string text;
    std::size_t indent{0};
    bool blank{true};   ///< empty or a comment
    bool item{false};   ///< "- …"
    std::string key;    ///< "key" of "key: value"; empty: none
    std::string value;  ///< without comment
};

/// What one line is. A line that is neither an item nor `key: value` has no key.
row look_at(std::string_view line)
{
    row out;
    out.text = line;
    out.indent = line.find_first_not_of(' ');
    const auto content = trim(line);
    out.blank = content.empty() || content.front() == '#';
    if (out.blank)
        return out;
    out.item = content == "-" || content.starts_with("- ");
    // A key is what stands in front of the first colon, if a blank or the line's end follows it.
    const auto colon = content.find(':');
    const auto name = content.substr(0, colon);
    if (out.item || colon == content.npos || name.find_first_of(" \t\"'{}[],#") != name.npos)
        return out;
    const auto rest = content.substr(colon + 1);
    if (!rest.empty() && rest.front() != ' ' && rest.front() != '\t' && rest.front() != ':')
        return out;
    out.key = name;
    // The value without a comment behind it.
    out.value = trim(rest);
    if (out.value.starts_with('#'))
        out.value.clear();
    if (const auto comment = out.value.find(" #"); comment != std::string::npos)
        out.value = trim(std::string_view(out.value).substr(0, comment));
    return out;
}

/// The lines of a text.
std::vector<row> split(std::string_view text)
{
    std::vector<row> rows;
    for (;;)
    {
        const auto end = text.find('\n');
        rows.push_back(look_at(text.substr(0, end)));
        if (end == text.npos)
            return rows;
        text.remove_prefix(end + 1);
    }
}

/// Looks at each line with those that follow it, and moves lines sideways.
class mover
{
public:
    mover(std::vector<row> rows, std::vector<repair_note>& notes) : rows_(std::move(rows)), notes_(notes) {}

    std::string fix()
    {
        for (std::size_t i = 0; i < rows_.size(); ++i)
        {
            const auto& here = rows_[i];
            if (here.key.empty())
                continue;
            if (opens_text(here.value))
                i = end_of_block(i) - 1;
            else if (here.key == "filters" && here.value.empty())
                lift_filters(i);
            else if (is_complete(here.value))
                lower_children(i);
        }
        return joined();
    }

private:
    /// Whether the value is a block text: its lines are nobody's keys.
    static bool opens_text(std::string_view value) { return value.starts_with('|') || value.starts_with('>'); }

    /// A value that ends on its own line, so that nothing deeper can belong to it.
    static bool is_complete(std::string_view value)
    {
        if (value.empty() || value == ":" || value.front() == '&' || value.front() == '!')
            return false;
        if (value.front() == '"' || value.front() == '\'')
            return quoted_length(value, value.front()) == value.size() && value.size() > 1;
        return value.front() != '{' && value.front() != '[';
    }

    /// The next line that is neither empty nor a comment.
    std::size_t next_filled(std::size_t i) const
    {
        do
            ++i;
        while (i < rows_.size() && rows_[i].blank);
        return i;
    }

    /// The first line behind `i` that stands no deeper.
    std::size_t end_of_block(std::size_t i) const
    {
        const auto base = rows_[i].indent;
        for (i = next_filled(i); i < rows_.size() && rows_[i].indent > base;)
            i = next_filled(i);
        return i;
    }

    /// `details: All` with keys below it that stand deeper: they are its neighbours.
    void lower_children(std::size_t parent)
    {
        const auto first = next_filled(parent);
        if (first >= rows_.size() || rows_[first].key.empty() || rows_[first].indent <= rows_[parent].indent)
            return;
        const auto step = rows_[first].indent - rows_[parent].indent;
        const auto deep = rows_[first].indent;
        for (auto i = first; i < rows_.size() && rows_[i].indent >= deep; i = next_filled(i))
            move(i, rows_[i].indent - step);
    }

    /// `filters:` with its parameters at its own depth or further left: they are its children.
    void lift_filters(std::size_t parent)
    {
        const auto base = rows_[parent].indent;
        auto i = next_filled(parent);
        if (i >= rows_.size() || rows_[i].indent > base || !is_filter(rows_[i].key))
            return;
        for (bool below_list_key = false; i < rows_.size(); i = next_filled(i))
        {
            // A filter goes below `filters:`; the items of a filter that is a list go below that filter.
            if (is_filter(rows_[i].key))
            {
                below_list_key = rows_[i].value.empty();
                move(i, base + 2);
            }
            else if (rows_[i].item && below_list_key)
                move(i, base + 4);
            else
                return;
        }
    }

    static bool is_filter(const std::string& key) { return !key.empty() && is_official_filter(key); }

    /// Gives a line another indentation, and notes it.
    void move(std::size_t i, std::size_t indent)
    {
        if (rows_[i].indent == indent)
            return;
        rows_[i].text = std::string(indent, ' ') + rows_[i].text.substr(rows_[i].indent);
        rows_[i].indent = indent;
        notes_.push_back({i + 1, "wrong indentation was corrected", "indent the line like its neighbours"});
    }

    std::string joined() const
    {
        std::string out;
        for (const auto& r : rows_)
            out.append(out.empty() && &r == &rows_.front() ? "" : "\n").append(r.text);
        return out;
    }

    std::vector<row> rows_;
    std::vector<repair_note>& notes_;
};

}  // namespace

std::size_t quoted_length(std::string_view text, char quote)
{
    for (std::size_t i = 1; i < text.size(); ++i)
    {
        if (text[i] == '\\' && quote == '"')
            ++i;
        else if (text[i] == quote && quote == '\'' && i + 1 < text.size() && text[i + 1] == quote)
            ++i;
        else if (text[i] == quote)
            return i + 1;
    }
    return text.size();
}

std::string repair_indentation(std::string text, std::vector<repair_note>& notes)
{
    // Brackets decide about the structure of JSON; blanks do not.
    if (const auto start = trim(text); start.starts_with('{') || start.starts_with('['))
        return text;
    return mover(split(text), notes).fix();
}

}  // namespace qdc::settings
