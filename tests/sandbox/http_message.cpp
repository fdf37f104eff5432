#include "sandbox/http_message.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace qdc::sandbox
{
namespace
{

std::string lower(std::string_view text)
{
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c | 0x20);
    return out;
}

std::string_view without_blanks(std::string_view text)
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

std::string url_decoded(std::string_view text)
{
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at)
    {
        const bool whole = text[at] == '%' && at + 2 < text.size();
        const int high = whole ? hex_value(text[at + 1]) : -1;
        const int low = whole ? hex_value(text[at + 2]) : -1;
        if (high >= 0 && low >= 0)
        {
            out += static_cast<char>(high * 16 + low);
            at += 2;
        }
        else
            out += text[at] == '+' ? ' ' : text[at];
    }
    return out;
}

std::string base64(std::string_view text)
{
    std::string out((text.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock adds a NUL
    const int size = EVP_EncodeBlock(
        reinterpret_cast<unsigned char*>(out.data()),
        reinterpret_cast<const unsigned char*>(text.data()),
        static_cast<int>(text.size())
    );
    out.resize(static_cast<std::size_t>(size));
    return out;
}

/// Cuts `text` up to `mark` off and gives it back; the rest stays in `text`.
std::optional<std::string_view> cut(std::string_view& text, std::string_view mark)
{
    const auto at = text.find(mark);
    if (at == std::string_view::npos)
        return std::nullopt;
    const auto part = text.substr(0, at);
    text.remove_prefix(at + mark.size());
    return part;
}

}  // namespace

std::string_view http_request::header(const std::string& name) const
{
    const auto found = headers.find(name);
    return found == headers.end() ? std::string_view{} : std::string_view(found->second);
}

std::optional<http_request> parse_head(std::string_view head)
{
    auto line = cut(head, "\r\n");
    if (!line)
        return std::nullopt;
    const auto method = cut(*line, " ");
    const auto target = cut(*line, " ");
    if (!method || !target || target->empty() || target->front() != '/' || line->substr(0, 7) != "HTTP/1.")
        return std::nullopt;
    http_request request;
    request.method = *method;
    const auto mark = target->find('?');
    request.path = url_decoded(target->substr(0, mark));
    if (mark != std::string_view::npos)
        request.query = target->substr(mark + 1);
    for (line = cut(head, "\r\n"); line && !line->empty(); line = cut(head, "\r\n"))
    {
        const auto name = cut(*line, ":");
        if (!name)
            return std::nullopt;
        request.headers[lower(*name)] = without_blanks(*line);
    }
    request.keep_alive = lower(request.header("connection")).find("close") == std::string::npos;
    return request;
}

void add_form(parameter_map& into, std::string_view text)
{
    while (!text.empty())
    {
        auto pair = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(text.size(), pair.size() + 1));
        if (pair.empty())
            continue;
        const auto name = pair.substr(0, pair.find('='));
        pair.remove_prefix(std::min(pair.size(), name.size() + 1));
        into[url_decoded(name)] = url_decoded(pair);
    }
}

parameter_map parameters_of(const http_request& request)
{
    parameter_map all;
    add_form(all, request.query);
    if (lower(request.header("content-type")).find("x-www-form-urlencoded") != std::string::npos)
        add_form(all, request.body);
    return all;
}

bool carries_login(const http_request& request, const std::string& user, const std::string& password)
{
    const auto given = request.header("authorization");
    return lower(given.substr(0, 6)) == "basic " && without_blanks(given.substr(6)) == base64(user + ':' + password);
}

std::string url_encoded(std::string_view text)
{
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string out;
    for (const char c : text)
    {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
                           c == '.' || c == '_' || c == '~';
        if (plain)
        {
            out += c;
            continue;
        }
        out += '%';
        out += hex[byte >> 4];
        out += hex[byte & 15];
    }
    return out;
}

std::string_view reason_of(unsigned status)
{
    switch (status)
    {
        case 200:
            return "OK";
        case 302:
            return "Found";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 409:
            return "Conflict";
        case 413:
            return "Content Too Large";
        case 414:
            return "URI Too Long";
        case 429:
            return "Too Many Requests";
        case 500:
            return "Internal Server Error";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        default:
            return "Status";
    }
}

}  // namespace qdc::sandbox
