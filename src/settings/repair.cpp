#include "settings/repair.hpp"

#include "settings/repair_lines.hpp"
#include "settings/values.hpp"

#include <string_view>
#include <vector>

// Some repairs, each within its line:
//
//   name: “qualys”         ->  name: "qualys"
//   "id": "1", ,           ->  "id": "1",       in JSON, where no value stands between the commas
//   id: "1",               ->  id: "1"          in YAML, where the value is complete
//   services: [a, b,]      ->  services: [a, b ]
namespace qdc::settings
{
namespace
{

constexpr std::string_view remove_it = "remove the comma";

/// Walks through the characters as a YAML scanner does, as far as that is needed to know what is punctuation.
class punctuation
{
public:
    punctuation(std::string_view text, std::vector<repair_note>& notes) : in_(text), notes_(notes) {}

    std::string fix()
    {
        begin_line();
        while (!in_.empty())
            step();
        return std::move(done_);
    }

private:
    void step()
    {
        const char c = in_.front();
        // Each branch takes at least one byte. Where a value or key may begin, quotes and brackets are punctuation;
        // inside of a plain value they are text.
        if (c == '\n')
        {
            take(1);
            ++line_;
            begin_line();
        }
        else if (c == ' ' || c == '\t' || c == '\r')
            take(1);
        else if (c == '#' && (done_.empty() || std::string_view(" \t\n").find(done_.back()) != std::string_view::npos))
            take(rest_of_line().size());
        else if (in_.starts_with("\xC2\xA0") && at_start_)
            replace(2, " ", "a no-break blank was read as a blank", "write an ordinary blank");
        else if (at_start_ && (c == '"' || c == '\''))
            quoted(c);
        else if (at_start_ && typographic_quote(in_) != 0)
            typographic();
        else if (at_start_ && depth_ == 0 && (c == '|' || c == '>'))
            block_text();
        else if (c == '[' || c == '{' || c == ']' || c == '}')
            bracket(c);
        else if (c == ',' && depth_ > 0)
            comma();
        else
            plain(c);
    }

    /// A value or key may begin here.
    void begin_line()
    {
        at_start_ = true;
        indent_ = in_.find_first_not_of(' ');
    }

    /// A byte of a plain value or key, or an indicator (`:`, `-`) behind which a value may begin.
    void plain(char c)
    {
        const bool ends = in_.size() == 1 || std::string_view(" \t\r\n").find(in_[1]) != std::string_view::npos;
        // In JSON a colon needs no blank behind it.
        const bool indicator = (c == ':' && (ends || depth_ > 0)) || (c == '-' && at_start_ && ends);
        take(1);
        at_start_ = indicator;
        after_comma_ = false;
    }

    /// Brackets count only where a value may begin, or inside of others.
    void bracket(char c)
    {
        const bool opens = c == '[' || c == '{';
        if (depth_ == 0 && !(opens && at_start_))
            return plain(c);
        // "[a, b,]": the comma stands in done_ already and becomes a blank.
        if (!opens && after_comma_)
        {
            done_[comma_] = ' ';
            note(comma_line_, "a comma before a closing bracket was dropped", remove_it);
        }
        take(1);
        depth_ += opens ? 1 : -1;
        at_start_ = opens;
        after_comma_ = false;
        if (depth_ == 0)
            value_ended();
    }

    /// A comma between brackets: one without a value in front of it is dropped, any other one is remembered.
    void comma()
    {
        if (at_start_ && !after_colon())
            return replace(1, " ", "a comma without a value before it was dropped", remove_it);
        comma_ = done_.size();
        comma_line_ = line_;
        take(1);
        at_start_ = true;
        after_comma_ = true;
    }

    /// Whether the last thing was a colon: `"key": ,` has an empty value, so its comma stays.
    bool after_colon() const
    {
        const auto last = done_.find_last_not_of(" \t\r\n");
        return last != std::string::npos && done_[last] == ':';
    }

    /// A string in plain quotes; one that a typographic quote ends is repaired.
    void quoted(char quote)
    {
        const auto length = quoted_length(in_, quote);
        const auto line = rest_of_line();
        // The string goes on in another line: perhaps a typographic quote was to end it in this one.
        if (length > line.size())
            if (const auto end = typographic_end(line.substr(1)); end != line.npos)
                return requote(end + 1, 1);
        for (const char c : in_.substr(0, length))
            line_ += c == '\n' ? 1 : 0;
        take(length);
        value_ended();
    }

    /// A value or key that begins with a typographic quote: rewritten with plain quotes, if its end is found in the
    /// line.
    void typographic()
    {
        const auto opening = typographic_quote(in_);
        const auto line = rest_of_line().substr(opening);
        auto end = typographic_end(line);
        // No typographic quote ends it; perhaps a plain one does.
        if (end == line.npos)
            end = line.find('"');
        if (end == line.npos)
        {
            take(opening);
            at_start_ = false;
            return;
        }
        requote(opening + end, opening);
    }

    /// Writes in_[opening, end) as a string in plain quotes, and drops the closing quote, whatever it is.
    void requote(std::size_t end, std::size_t opening)
    {
        done_ += '"';
        for (const char c : in_.substr(opening, end - opening))
        {
            if (c == '"' || c == '\\')
                done_ += '\\';
            done_ += c;
        }
        done_ += '"';
        const auto closing = typographic_quote(in_.substr(end));
        in_.remove_prefix(end + (closing == 0 ? 1 : closing));
        note(line_, "typographic quotes were read as plain ones", "write plain quotes");
        value_ended();
    }

    /// Position of the typographic quote that ends a value: a bracket, comma, colon or the line's end follows it.
    static std::size_t typographic_end(std::string_view line)
    {
        for (std::size_t i = 0; i < line.size(); ++i)
        {
            const auto quote = typographic_quote(line.substr(i));
            if (quote == 0)
                continue;
            const auto next = trim(line.substr(i + quote));
            if (next.empty() || std::string_view(",:]}#").find(next.front()) != std::string_view::npos)
                return i;
        }
        return line.npos;
    }

    /// Behind a quoted string or a closed bracket a block-style value is complete: a comma there is stray.
    void value_ended()
    {
        at_start_ = false;
        after_comma_ = false;
        const auto blanks = in_.find_first_not_of(" \t");
        if (depth_ > 0 || blanks == in_.npos || in_[blanks] != ',')
            return;
        const auto rest = trim(rest_of_line().substr(blanks + 1));
        if (!rest.empty() && rest.front() != '#')
            return;
        take(blanks);
        replace(1, " ", "a comma at the end of the line was dropped", remove_it);
    }

    /// `key: |`: everything that is indented more than the key is text.
    void block_text()
    {
        take(rest_of_line().size());
        const auto base = indent_;
        for (;;)
        {
            if (in_.empty())
                return;
            const auto next = in_.substr(1);  // behind the line break
            const auto indent = next.find_first_not_of(' ');
            const bool blank = indent == next.npos || next[indent] == '\n' || next[indent] == '\r';
            if (!blank && indent <= base)
                return;
            take(1);
            ++line_;
            take(rest_of_line().size());
        }
    }

    /// What is left of the line, without its line feed.
    std::string_view rest_of_line() const { return in_.substr(0, in_.find('\n')); }

    /// Takes so many bytes as they are.
    void take(std::size_t count)
    {
        done_ += in_.substr(0, count);
        in_.remove_prefix(count);
    }

    /// Puts other text in place of so many bytes, and notes it.
    void replace(std::size_t count, std::string_view by, std::string_view message, std::string_view fix)
    {
        done_ += by;
        in_.remove_prefix(count);
        note(line_, message, fix);
    }

    void note(std::size_t line, std::string_view message, std::string_view fix)
    {
        notes_.push_back({line, message, fix});
    }

    std::string_view in_;
    std::string done_;
    std::vector<repair_note>& notes_;
    std::size_t line_{1};
    std::size_t indent_{0};
    int depth_{0};  ///< of brackets: 0 is block style
    bool at_start_{true};
    bool after_comma_{false};
    std::size_t comma_{0};
    std::size_t comma_line_{0};
};

}  // namespace

repaired repair(std::string text)
{
    repaired out;
    out.text = punctuation(text, out.notes).fix();
    out.text = repair_indentation(std::move(out.text), out.notes);
    return out;
}

}  // namespace qdc::settings
