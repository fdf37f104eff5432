#include "logging/secret_mask.hpp"

#include "base/basic_authorization.hpp"
#include "base/percent.hpp"

#include <algorithm>
#include <string_view>

namespace qdc::logging
{
namespace
{

constexpr std::string_view stars = "****";

/// `text` with a dot for everything but printable ASCII:
/// As excerpts show it.
std::string in_ascii(std::string text)
{
    for (char& c : text)
        if (c < ' ' || c > '~')
            c = '.';
    return text;
}

/// `text` as XML escapes it.
std::string in_markup(std::string_view text)
{
    std::string out;
    for (const char c : text)
    {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else
            out += c;
    }
    return out;
}

/// Whether a byte belongs to a word: a name beside it would be a part of something longer.
bool in_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

}  // namespace

void secret_mask::hide(const std::string& user, const secret& password)
{
    // A password of one or two characters would black out half of every line and is no secret anyway.
    constexpr std::size_t shortest = 4;
    if (password.reveal().size() < shortest)
        return;
    // All forms in which the password may come back: in a header, in an address, in an answer, in an excerpt.
    const auto basic = basic_authorization(user, password).reveal();
    std::string encoded;
    append_percent_encoded(encoded, password.reveal());
    for (const auto& form :
         {basic.substr(basic.find(' ') + 1),
          encoded,
          password.reveal(),
          in_ascii(password.reveal()),
          in_markup(password.reveal()),
          in_ascii(in_markup(password.reveal()))})
        if (std::find(hidden_.begin(), hidden_.end(), form) == hidden_.end())
            hidden_.push_back(form);
    // A Qualys login looks like acme_ab1; a name that is a plain word would black out that word everywhere.
    const bool telling = user.find_first_of("0123456789_@-") != std::string::npos;
    if (user.size() >= shortest && telling)
        names_.push_back(user);
    // The longest first: one secret may begin like another, and its rest would stay.
    std::stable_sort(
        hidden_.begin(),
        hidden_.end(),
        [](const std::string& one, const std::string& other) { return one.size() > other.size(); }
    );
}

void secret_mask::mask(std::string& text) const
{
    // Complete secrets first, then the parts that cuts left, then names.
    for (const auto& form : hidden_)
        for (auto at = text.find(form); at != std::string::npos; at = text.find(form, at + stars.size()))
            text.replace(at, form.size(), stars);
    mask_torn(text);
    mask_names(text);
}

/// Where a text was cut, "…" stands; beside it may be the front or the end of a secret.
void secret_mask::mask_torn(std::string& text) const
{
    constexpr std::string_view cut = "\xE2\x80\xA6";
    constexpr std::size_t telling = 2;
    for (auto at = text.find(cut); at != std::string::npos; at = text.find(cut, at + cut.size()))
    {
        // The password is "blue-horse", the text `…horse</A>`: behind the cut stands its end, which becomes `…****</A>`.
        // Behind a cut the longest end of a secret is looked for, in front of it the longest front.
        for (const auto& form : hidden_)
        {
            for (auto size = form.size() - 1; size >= telling; --size)
            {
                if (text.compare(at + cut.size(), size, form, form.size() - size, size) != 0)
                    continue;
                text.replace(at + cut.size(), size, stars);
                break;
            }
            for (auto size = std::min(form.size() - 1, at); size >= telling; --size)
            {
                if (text.compare(at - size, size, form, 0, size) != 0)
                    continue;
                text.replace(at - size, size, stars);
                // The text became shorter or longer in front of the cut, so the cut has moved.
                at = at - size + stars.size();
                break;
            }
        }
    }
}

/// Masks names that stand as words of their own: "acme_ab1" is masked, "acme_ab12" is not.
void secret_mask::mask_names(std::string& text) const
{
    for (const auto& name : names_)
    {
        for (auto at = text.find(name); at != std::string::npos; at = text.find(name, at + 1))
        {
            const auto end = at + name.size();
            if ((at == 0 || !in_word(text[at - 1])) && (end == text.size() || !in_word(text[end])))
                text.replace(at, name.size(), stars);
        }
    }
}

}  // namespace qdc::logging
