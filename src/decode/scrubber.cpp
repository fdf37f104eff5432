#include "decode/scrubber.hpp"

#include "decode/characters.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

// Bytes in, from two network reads, and what Expat gets:
//
//   "junk<?xml version=\"1.0\"?>\n<A>\n  <B>x\x01y"    <?xml version="1.0"?>
//   "&#0;</B>\n</A>"                                   <A>
//                                                      <B>xU+FFFDyU+FFFD</B>
//                                                      </A>
//
// "junk" and the two blanks in front of <B> are dropped, the control and the forbidden reference are replaced.
//
// copy_run() copies what is complete and in sight. step() takes single bytes where the next bytes decide, also across
// the pieces; it holds them back in held_, or counts them in blanks_ and tag_begun_.
namespace qdc::decode
{
namespace
{

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool is_hex_digit(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_high(char c)
{
    return static_cast<unsigned char>(c) >= 0x80;
}

/// How the names of Qualys' elements begin.
bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/// Whether a line feed behind that byte ends a line that ends with a tag: no text stands in front of it. One that ends
/// with CR and LF is taken for such a line.
bool ends_line_of_tag(char before)
{
    return before == '>' || before == '\r';
}

constexpr std::string_view most_blanks = "                                                                ";
static_assert(most_blanks.size() == 64);

/// Whether "&#10" or "&#xA" (the semicolon is still to come) names a character that XML allows.
bool refers_to_allowed(std::string_view reference)
{
    const bool hex = reference[2] == 'x';
    const auto digits = reference.substr(hex ? 3 : 2);
    std::uint32_t value = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value, hex ? 16 : 10);
    return read.ec == std::errc{} && allowed_by_xml(static_cast<char32_t>(value));
}

}  // namespace

// References are references only in content; these marks lead into the other places and back.
constexpr scrubber::crossing scrubber::crossings[] = {
    {place::content, "<!--", place::comment},
    {place::content, "<![CDATA[", place::cdata},
    {place::content, "<?", place::instruction},
    {place::comment, "-->", place::content},
    {place::cdata, "]]>", place::content},
    {place::instruction, "?>", place::content},
};

std::size_t scrubber::scrub(std::string_view& bytes, std::span<char> out, bool last)
{
    // First of all, find where the document begins.
    if (start_ && !started_)
    {
        if (!start_->find(bytes, last))
            return 0;
        started_ = true;
        utf8_ = start_->utf8();
        untouched_ = start_->utf16();
        dropped_ = start_->dropped();
    }
    std::size_t written = 0;
    // What was collected meanwhile goes out in front of `bytes`; it may need several calls.
    if (start_)
    {
        auto rest = start_->held().substr(start_passed_);
        written = pass(rest, out, false);
        start_passed_ = start_->held().size() - rest.size();
        if (!rest.empty())
            return written;
        start_.reset();
    }
    return written + pass(bytes, out.subspan(written), last);
}

/// Scrubs from the front of `bytes` into `out`, the fast way where nothing is held back.
std::size_t scrubber::pass(std::string_view& bytes, std::span<char> out, bool last)
{
    // What was decided earlier goes out first.
    auto written = drain(out);
    while (!bytes.empty() && written < out.size())
    {
        // The fast way is open only when nothing hangs on earlier bytes.
        if (held_size_ == 0 && matched_ == 0 && !line_begun_)
            written += copy_run(bytes, out.subspan(written));
        if (bytes.empty() || written == out.size())
            break;
        step(bytes.front());
        bytes.remove_prefix(1);
        written += drain(out.subspan(written));
    }
    // At the end nothing follows that could decide: indentation is text.
    if (last && bytes.empty() && line_begun_)
    {
        end_indentation(false);
        written += drain(out.subspan(written));
    }
    // Half a character is ill-formed; half a reference goes out as it is, and the parser reports it.
    if (last && bytes.empty() && held_size_ != 0)
    {
        if (is_high(held_[0]))
            emit_replacement();
        else
            emit(held());
        held_size_ = 0;
        written += drain(out.subspan(written));
    }
    return written;
}

/// The fast way: what is complete and in sight. Stops where step() has to decide, or at the end of `bytes` or `out`.
std::size_t scrubber::copy_run(std::string_view& bytes, std::span<char> out)
{
    // For each place, in the order of the enum: the pairs that end a run there. "</" is none, so end tags are copied.
    static constexpr run_stops stops[] = {
        {{'<', '&'}, {'!', '?', '#'}, '\n'},
        {{']', ']'}, {']', ']', ']'}, 0},
        {{'-', '-'}, {'-', '-', '-'}, 0},
        {{'?', '?'}, {'>', '>', '>'}, 0},
    };
    std::size_t written = 0;
    // A run of ASCII, a run of good UTF-8, or a mark, whichever comes; none of them: step() has to decide.
    for (;;)
    {
        const auto seen = bytes.substr(0, out.size() - written);
        auto size = untouched_ ? seen.size()
                               : plain_run(bytes.substr(0, seen.size() + 1), stops[static_cast<std::size_t>(place_)]);
        if (size == 0 && utf8_)
            size = utf8_run(seen);
        if (size == 0)
            size = cross_mark(seen);
        if (size == 0)
            return written;
        std::memcpy(out.data() + written, bytes.data(), size);
        bytes.remove_prefix(size);
        written += size;
        // A line feed behind a tag may begin an indentation.
        const char before = written > 1 ? out[written - 2] : last_;
        last_ = out[written - 1];
        if (last_ == '\n' && ends_line_of_tag(before) && place_ == place::content && !untouched_)
            skip_indentation(bytes);
        if (line_begun_)
            return written;
    }
}

/// At the beginning of a line. What is not in sight step() has to decide.
void scrubber::skip_indentation(std::string_view& bytes)
{
    // Blanks and the two bytes behind them must be in sight: "<B" is a start tag, "</" is not.
    const auto blanks = blanks_in_front(bytes);
    if (bytes.size() < blanks + 2)
        line_begun_ = true;
    else if (blanks <= most_blanks.size() && bytes[blanks] == '<' && is_letter(bytes[blanks + 1]))
        bytes.remove_prefix(blanks);
}

/// A mark at the front of `seen` that opens or closes a place is taken as one; returns its size, or 0.
std::size_t scrubber::cross_mark(std::string_view seen)
{
    for (const auto& [from, mark, to] : crossings)
    {
        if (from == place_ && seen.starts_with(mark))
        {
            place_ = to;
            return mark.size();
        }
    }
    return 0;
}

/// Moves what is decided to `out`, as far as it has space. Returns how much.
std::size_t scrubber::drain(std::span<char> out)
{
    const auto size = std::min(out.size(), ready_size_ - ready_at_);
    std::memcpy(out.data(), ready_.data() + ready_at_, size);
    ready_at_ += size;
    if (ready_at_ == ready_size_)
        ready_at_ = ready_size_ = 0;
    return size;
}

/// The slow way: one byte, with everything that hangs on its neighbours.
void scrubber::step(char c)
{
    if (line_begun_ && step_indentation(c))
        return;
    // A sequence or a reference is under way: this byte goes on with it or ends it.
    if (held_size_ != 0)
    {
        is_high(held_[0]) ? step_sequence(c) : step_reference(c);
    }
    // A character of several bytes begins.
    else if (is_high(c) && utf8_)
    {
        matched_ = 0;
        step_sequence(c);
    }
    // A reference may begin.
    else if (c == '&' && place_ == place::content)
    {
        matched_ = 0;
        hold(c);
    }
    // A control that XML forbids.
    else if (!is_high(c) && !allowed_by_xml(static_cast<char32_t>(c)))
    {
        matched_ = 0;
        emit_replacement();
    }
    else
    {
        // Any other byte goes out as it is; it may be part of a mark, or begin a line.
        follow_markup(c);
        line_begun_ = c == '\n' && ends_line_of_tag(last_) && place_ == place::content && !untouched_;
        emit({&c, 1});
    }
}

/// Whether `c` is held back. Otherwise what was held back is decided, and `c` is still to be taken.
bool scrubber::step_indentation(char c)
{
    // One more blank of the indentation.
    if (!tag_begun_ && c == ' ' && blanks_ < most_blanks.size())
    {
        ++blanks_;
        return true;
    }
    // The byte behind '<' decides whether a start tag begins.
    if (!tag_begun_ && c == '<')
    {
        tag_begun_ = true;
        return true;
    }
    end_indentation(tag_begun_ && is_letter(c));
    return false;
}

/// The held blanks are dropped or go out, and so does a '<' behind them.
void scrubber::end_indentation(bool drops)
{
    line_begun_ = false;
    if (!drops && blanks_ != 0)
        emit(most_blanks.substr(0, blanks_));
    blanks_ = 0;
    if (!std::exchange(tag_begun_, false))
        return;
    follow_markup('<');
    emit("<");
}

/// One more byte of a character: it goes out when it is complete, and is replaced when it cannot be one.
void scrubber::step_sequence(char c)
{
    hold(c);
    const auto front = inspect_utf8(held());
    if (front.what == utf8_front::kind::cut)
        return;
    const bool again = front.size < held_size_;  // `c` ended an ill-formed sequence, but is not part of it
    if (front.what == utf8_front::kind::good && !is_noncharacter(held()))
        emit(held());
    else
        emit_replacement();
    held_size_ = 0;
    if (again)
        step(c);
}

/// One more byte behind '&': "#", "x", digits. Any other byte ends it.
void scrubber::step_reference(char c)
{
    const bool hex = held_size_ > 2 && held_[2] == 'x';
    const bool digit = hex ? is_hex_digit(c) : is_digit(c);
    const bool more = held_size_ == 1 ? c == '#' : digit || (held_size_ == 2 && c == 'x');
    if (more && held_size_ < held_.size())
    {
        hold(c);
        return;
    }
    // "&#0;" is replaced. Everything else goes out: a good reference, "&amp;", a lone '&'; the parser judges it.
    const bool complete = c == ';' && held_size_ > (hex ? 3u : 2u);
    if (complete && !refers_to_allowed(held()))
    {
        held_size_ = 0;
        emit_replacement();
        return;
    }
    emit(held());
    held_size_ = 0;
    step(c);
}

/// Keeps track of where references are references.
void scrubber::follow_markup(char c)
{
    // Does `c` continue a mark whose front was seen, or begin one?
    for (const auto& [from, mark, to] : crossings)
    {
        if (from != place_ || !mark.starts_with(mark_.substr(0, matched_)) || mark[matched_] != c)
            continue;
        mark_ = mark;
        if (++matched_ == mark.size())
        {
            place_ = to;
            matched_ = 0;
        }
        return;
    }
    // It does not. `c` itself may be the first byte of the next mark.
    if (matched_ == 0)
        return;
    if (c != mark_[0])
        matched_ = 0;
    else if (place_ == place::content)
        matched_ = 1;  // otherwise as it was: "]]]>" closes as well
}

void scrubber::emit(std::string_view bytes)
{
    std::memcpy(ready_.data() + ready_size_, bytes.data(), bytes.size());
    ready_size_ += bytes.size();
    last_ = bytes.back();
}

/// In another encoding U+FFFD has no bytes that we know: there it is a reference, where one can stand.
void scrubber::emit_replacement()
{
    ++replaced_;
    if (utf8_)
        emit(replacement_character);
    else if (place_ == place::content)
        emit("&#xFFFD;");
    else if (place_ == place::cdata)
        emit("]]>&#xFFFD;<![CDATA[");
    else
        emit("?");
}

}  // namespace qdc::decode
