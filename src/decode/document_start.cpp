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

bool document_start::find(std::string_view& bytes, bool last)
{
    const auto taken = std::min(bytes.size(), limit - text_.size());
    text_.append(bytes.substr(0, taken));
    bytes.remove_prefix(taken);
    if (utf16())
        return true;
    for (;;)
    {
        token_at_ = std::min(text_.find('<', token_at_), text_.size());
        const auto before = token_at_;
        if (inspect_markup())
            return true;
        if (token_at_ == before)
            break;
    }
    if (!last && text_.size() < limit)
        return false;
    return begin_at(markup_at_ == std::string::npos ? 0 : markup_at_);
}

/// Looks at the markup at token_at_. True: the document begins. Otherwise token_at_ has moved behind it, or stands
/// still because more has to come.
bool document_start::inspect_markup()
{
    const auto rest = std::string_view(text_).substr(token_at_);
    if (rest.size() > 1 && !opens_markup(rest[1]))
    {
        ++token_at_;
        return false;
    }
    const bool comment = rest.starts_with(comment_open);
    const bool instruction = rest.starts_with(instruction_open);
    if (!comment && !instruction)
        return !comment_open.starts_with(rest) && begin_at(std::min(markup_at_, token_at_));

    const auto open = comment ? comment_open : instruction_open;
    const auto close = comment ? comment_close : instruction_close;
    const auto end = text_.find(close, std::max(search_at_, token_at_ + open.size()));
    if (end == std::string::npos)
    {
        search_at_ = text_.size() - std::min(text_.size(), close.size() - 1);
        return false;
    }
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

bool document_start::begin_at(std::size_t position)
{
    start_ = position;
    return true;
}

}  // namespace qdc::decode
