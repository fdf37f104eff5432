#include "qualys/endpoint.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace qdc::qualys
{
namespace
{

bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

void append_percent_encoded(std::string& out, std::string_view text)
{
    constexpr std::string_view hex = "0123456789ABCDEF";
    for (const char c : text)
    {
        const auto byte = static_cast<unsigned char>(c);
        if (is_unreserved(c))
        {
            out += c;
        }
        else
        {
            out += '%';
            out += hex[byte >> 4];
            out += hex[byte & 15];
        }
    }
}

std::string percent_decoded(std::string_view text)
{
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at)
    {
        unsigned char byte = 0;
        const char* const digits = text.data() + at + 1;
        const bool escape =
            text[at] == '%' && at + 2 < text.size() && std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2;
        if (escape)
        {
            out += static_cast<char>(byte);
            at += 2;
        }
        else
        {
            out += text[at] == '+' ? ' ' : text[at];
        }
    }
    return out;
}

}  // namespace

std::string_view name(endpoint which)
{
    switch (which)
    {
        case endpoint::scan_list:
            return "scan_list";
        case endpoint::scan_fetch:
            return "scan_fetch";
        case endpoint::host_list:
            return "host_list";
        case endpoint::host_list_detection:
            return "host_list_detection";
        case endpoint::user_activity:
            return "user_activity";
        case endpoint::about:
            return "about";
    }
    return "unknown";
}

std::string path(endpoint which, std::string_view version)
{
    const auto versioned = [version](std::string_view rest)
    { return "/api/" + std::string(version) + "/fo/" + std::string(rest); };
    switch (which)
    {
        case endpoint::scan_list:
        case endpoint::scan_fetch:
            return versioned("scan/");
        case endpoint::host_list:
            return versioned("asset/host/");
        case endpoint::host_list_detection:
            return versioned("asset/host/vm/detection/");
        case endpoint::user_activity:
            return versioned("activity_log/");
        case endpoint::about:
            break;
    }
    return "/msp/about.php";
}

std::string form_encoded(const parameters& form)
{
    std::string out;
    for (const auto& [key, value] : form)
    {
        if (!out.empty())
            out += '&';
        append_percent_encoded(out, key);
        out += '=';
        append_percent_encoded(out, value);
    }
    return out;
}

std::optional<std::string> query_parameter(std::string_view url, std::string_view name)
{
    const auto mark = url.find('?');
    if (mark == std::string_view::npos)
        return std::nullopt;
    auto query = url.substr(mark + 1);
    query = query.substr(0, query.find('#'));
    while (!query.empty())
    {
        const auto item = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(item.size() + 1, query.size()));
        const auto equals = item.find('=');
        if (equals != std::string_view::npos && percent_decoded(item.substr(0, equals)) == name)
            return percent_decoded(item.substr(equals + 1));
    }
    return std::nullopt;
}

}  // namespace qdc::qualys
