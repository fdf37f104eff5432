#include "decode/scrubber.hpp"

#include "decode/characters.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace qdc::decode
{
namespace
{

constexpr std::size_t prologue_limit = 64 * 1024;

constexpr std::string_view comment_open = "<!--";
constexpr std::string_view comment_close = "-->";
constexpr std::string_view instruction_open = "<?";
constexpr std::string_view instruction_close = "?>";
constexpr std::string_view declaration_open = "<?xml";

bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

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

/// Whether '<' before `c` is markup; if not, the '<' is a sign in some text.
bool opens_markup(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' || c == '/' || c == '!' ||
           c == '?' || is_high(c);
}

/// Whether an XML declaration leaves the document in UTF-8, the default (XML 1.0, section 4.3.3).
bool declares_utf8(std::string_view declaration)
{
    const auto name = declaration.find("encoding");
    if (name == std::string_view::npos)
        return true;
    const auto open = declaration.find_first_of("'\"", name);
    if (open == std::string_view::npos)
        return true;
    const auto close = declaration.find(declaration[open], open + 1);
    std::string encoding(declaration.substr(open + 1, close - open - 1));
    for (char& c : encoding)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    return encoding == "utf-8" || encoding == "utf8";
}

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

constexpr scrubber::crossing scrubber::crossings[] = {
    {place::content, comment_open, place::comment},
    {place::content, "<![CDATA[", place::cdata},
    {place::content, instruction_open, place::instruction},
    {place::comment, comment_close, place::content},
    {place::cdata, "]]>", place::content},
    {place::instruction, instruction_close, place::content},
};

std::size_t scrubber::scrub(std::string_view& in, std::span<char> out, bool last)
{
    if (stage_ == stage::prologue && !find_start(in, last))
        return 0;
    std::size_t written = 0;
    if (!prologue_.empty())
    {
        auto rest = std::string_view(prologue_).substr(prologue_at_);
        written = pass(rest, out, false);
        prologue_at_ = prologue_.size() - rest.size();
        if (!rest.empty())
            return written;
        prologue_ = {};
    }
    return written + pass(in, out.subspan(written), last);
}

/// Collects until it is clear where the document begins, the input ends or the limit is reached.
bool scrubber::find_start(std::string_view& in, bool last)
{
    const auto taken = std::min(in.size(), prologue_limit - prologue_.size());
    prologue_.append(in.substr(0, taken));
    in.remove_prefix(taken);
    if (prologue_.starts_with("\xFE\xFF") || prologue_.starts_with("\xFF\xFE"))
    {
        stage_ = stage::untouched;
        return true;
    }
    for (token_at_ = prologue_.find('<', token_at_); token_at_ != std::string::npos;
         token_at_ = prologue_.find('<', token_at_))
    {
        const auto before = token_at_;
        if (inspect_markup())
            return true;
        if (token_at_ == before)
            break;
    }
    token_at_ = std::min(token_at_, prologue_.size());
    if (!last && prologue_.size() < prologue_limit)
        return false;
    start_at(markup_at_ == std::string::npos ? 0 : markup_at_);
    return true;
}

/// Looks at the markup at token_at_. True: the document begins. Otherwise token_at_ has moved behind it, or stands
/// still because the end of the markup has not come yet.
bool scrubber::inspect_markup()
{
    const auto rest = std::string_view(prologue_).substr(token_at_);
    if (rest.size() > 1 && !opens_markup(rest[1]))
    {
        ++token_at_;
        return false;
    }
    const bool comment = rest.starts_with(comment_open);
    const bool instruction = rest.starts_with(instruction_open);
    if (!comment && !instruction)
    {
        if (rest.size() < comment_open.size() && comment_open.starts_with(rest))
            return false;
        start_at(std::min(markup_at_, token_at_));
        return true;
    }
    const auto close = comment ? comment_close : instruction_close;
    const auto end =
        prologue_.find(close, std::max(search_at_, token_at_ + (comment ? comment_open : instruction_open).size()));
    if (end == std::string::npos)
    {
        search_at_ = prologue_.size() - std::min(prologue_.size(), close.size() - 1);
        return false;
    }
    if (rest.starts_with(declaration_open) && is_blank(rest[declaration_open.size()]))
    {
        utf8_ = declares_utf8(rest.substr(0, end - token_at_));
        start_at(token_at_);
        return true;
    }
    markup_at_ = std::min(markup_at_, token_at_);
    token_at_ = end + close.size();
    search_at_ = 0;
    return false;
}

void scrubber::start_at(std::size_t at)
{
    stage_ = stage::text;
    prologue_at_ = at;
    dropped_ = at;
}

std::size_t scrubber::pass(std::string_view& in, std::span<char> out, bool last)
{
    auto written = drain(out);
    while (!in.empty() && written < out.size())
    {
        if (held_size_ == 0 && matched_ == 0)
            written += copy_run(in, out.subspan(written));
        if (in.empty() || written == out.size())
            break;
        step(in.front());
        in.remove_prefix(1);
        written += drain(out.subspan(written));
    }
    if (last && in.empty() && held_size_ != 0)
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

/// The fast way: what is whole and in sight. Stops where step() has to decide, or at the end of `in` or `out`.
std::size_t scrubber::copy_run(std::string_view& in, std::span<char> out)
{
    static constexpr stop_pair stops[] = {
        {{'<', '&'}, {'!', '?', '#'}},
        {{']', ']'}, {']', ']', ']'}},
        {{'-', '-'}, {'-', '-', '-'}},
        {{'?', '?'}, {'>', '>', '>'}},
    };
    std::size_t written = 0;
    for (;;)
    {
        const auto seen = in.substr(0, out.size() - written);
        auto size = stage_ == stage::untouched
                        ? seen.size()
                        : plain_run(in.substr(0, seen.size() + 1), stops[static_cast<std::size_t>(place_)]);
        if (size == 0 && utf8_)
            size = utf8_run(seen);
        if (size == 0)
            size = cross_mark(seen);
        if (size == 0)
            return written;
        std::memcpy(out.data() + written, in.data(), size);
        in.remove_prefix(size);
        written += size;
    }
}

/// A mark at the front of `seen` that opens or closes a place is taken whole; returns its size, or 0.
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
    if (held_size_ != 0)
    {
        is_high(held_[0]) ? step_sequence(c) : step_reference(c);
    }
    else if (is_high(c) && utf8_)
    {
        matched_ = 0;
        step_sequence(c);
    }
    else if (c == '&' && place_ == place::content)
    {
        matched_ = 0;
        hold(c);
    }
    else if (!is_high(c) && !allowed_by_xml(static_cast<char32_t>(c)))
    {
        matched_ = 0;
        emit_replacement();
    }
    else
    {
        follow_markup(c);
        emit({&c, 1});
    }
}

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
    for (const auto& [from, mark, to] : crossings)
    {
        if (from != place_ || mark[matched_] != c || !mark.starts_with(mark_.substr(0, matched_)))
            continue;
        mark_ = mark;
        if (++matched_ == mark.size())
        {
            place_ = to;
            matched_ = 0;
        }
        return;
    }
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
