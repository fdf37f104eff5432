#include "decode/document_start.hpp"

#include "base/text.hpp"
#include "decode/encodings.hpp"

#include <algorithm>

namespace qdc::decode
{
namespace
{

constexpr std::size_t limit = 64 * 1024;

constexpr std::string_view comment_open = "<!--";
constexpr std::string_view comment_close = "-->";
constexpr std::string_view instruction_open = "<?";
constexpr std::string_view instruction_close = "?>";
constexpr std::string_view declaration_open = "<?xml";

bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Whether '<' in front of `c` is markup; if not, the '<' is a sign in some text.
bool opens_markup(char c)
{
    return is_letter(c) || std::string_view("_:/!?").find(c) != std::string_view::npos ||
           static_cast<unsigned char>(c) >= 0x80;
}

/// Whether an XML declaration names UTF-8, or no encoding at all.
bool declares_utf8(std::string_view declaration)
{
    const auto name = declaration.find("encoding");
    if (name == std::string_view::npos)
        return true;
    const auto open = declaration.find_first_of("'\"", name);
    if (open == std::string_view::npos)
        return true;
    const auto close = declaration.find(declaration[open], open + 1);
    return names_utf8(declaration.substr(open + 1, close - open - 1));
}

}  // namespace

/// hello <!-- c --> <?xml version="1.0"?><A/>     begins at <?xml: a declaration wins over what stands before it
/// hello <!-- c --> <A/>                          begins at <!--: without a declaration the first markup counts
/// Service unavailable                            begins at 0: the parser reports that it is no XML
bool document_start::find(std::string_view& bytes, bool last)
{
    const auto taken = std::min(bytes.size(), limit - text_.size());
    text_.append(bytes.substr(0, taken));
    bytes.remove_prefix(taken);
    if (utf16())
        return true;
    // One piece of markup after the other, until the start is certain or the next piece is not complete.
    for (;;)
    {
        token_at_ = std::min(text_.find('<', token_at_), text_.size());
        const auto before = token_at_;
        if (inspect_markup())
            return true;
        if (token_at_ == before)
            break;
    }
    // Not certain yet: wait for more, up to the limit. Then the first markup is taken.
    if (!last && text_.size() < limit)
        return false;
    return begin_at(markup_at_ == std::string::npos ? 0 : markup_at_);
}

/// Looks at the markup at token_at_. True: the document begins. Otherwise token_at_ has moved behind it, or stands
/// still because more has to come.
bool document_start::inspect_markup()
{
    // '<' in front of a blank or a digit is text: "a < b".
    const auto rest = std::string_view(text_).substr(token_at_);
    if (rest.size() > 1 && !opens_markup(rest[1]))
    {
        ++token_at_;
        return false;
    }
    const bool comment = rest.starts_with(comment_open);
    const bool instruction = rest.starts_with(instruction_open);
    // A tag or a DOCTYPE: no declaration can follow, so the document begins at the first markup. "<!" and "<!-" may
    // still become a comment.
    if (!comment && !instruction)
        return !comment_open.starts_with(rest) && begin_at(std::min(markup_at_, token_at_));

    // A comment or an instruction: a declaration may follow behind its end. The search goes on where it stopped, so
    // that a long comment in small pieces is not searched again and again.
    const auto open = comment ? comment_open : instruction_open;
    const auto close = comment ? comment_close : instruction_close;
    const auto end = text_.find(close, std::max(search_at_, token_at_ + open.size()));
    if (end == std::string::npos)
    {
        search_at_ = text_.size() - std::min(text_.size(), close.size() - 1);
        return false;
    }
    // "<?xml " is the declaration; "<?xml-stylesheet" is an ordinary instruction.
    if (rest.starts_with(declaration_open) && is_white_space(rest[declaration_open.size()]))
    {
        utf8_ = declares_utf8(rest.substr(0, end - token_at_));
        return begin_at(token_at_);
    }
    markup_at_ = std::min(markup_at_, token_at_);
    token_at_ = end + close.size();
    search_at_ = 0;
    return false;
}

/// Sets the start. Returns true, so that a caller can hand it on.
bool document_start::begin_at(std::size_t position)
{
    start_ = position;
    return true;
}

}  // namespace qdc::decode
