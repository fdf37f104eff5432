#include "sandbox/json_out.hpp"

#include "sandbox/utf8.hpp"

#include <algorithm>
#include <array>

namespace qdc::sandbox
{
namespace
{

constexpr std::array<std::string_view, 13> lists{
    "BUGTRAQ_LIST",
    "SOFTWARE_LIST",
    "VENDOR_REFERENCE_LIST",
    "CVE_LIST",
    "COMPLIANCE_LIST",
    "AUTH_TYPE_LIST",
    "CHANGE_LOG_LIST",
    "THREAT_INTELLIGENCE",
    "TAGS",
    "CLOUD_PROVIDER_TAGS",
    "ASSET_GROUP_LIST",
    "QDS_FACTORS",
    "USER_LIST",
};

bool is_list(std::string_view name, std::string_view parent)
{
    return std::find(lists.begin(), lists.end(), name) != lists.end() || parent == "METADATA" ||
           name == "TRURISK_SCORE_FACTORS";
}

bool member_is_array(std::string_view name, std::string_view parent, std::string_view grandparent)
{
    if (parent == "TRURISK_SCORE_FACTORS")
        return name == "VULN_COUNT";
    if (parent == "EXPLOITS" || parent == "EXPLT_LIST" || parent == "MALWARE" || parent == "MW_LIST")
        return true;
    if (parent == "PCI_REASONS")
        return name == "PCI_REASON";
    return is_list(parent, grandparent);
}

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view white = " \t\r\n";
    const auto first = text.find_first_not_of(white);
    if (first == std::string_view::npos)
        return {};
    return text.substr(first, text.find_last_not_of(white) - first + 1);
}

void append_escape(std::string& out, char byte)
{
    constexpr std::string_view hex = "0123456789abcdef";
    switch (byte)
    {
        case '"':
            out += "\\\"";
            break;
        case '\\':
            out += "\\\\";
            break;
        case '\b':
            out += "\\b";
            break;
        case '\t':
            out += "\\t";
            break;
        case '\n':
            out += "\\n";
            break;
        case '\f':
            out += "\\f";
            break;
        case '\r':
            out += "\\r";
            break;
        default:
            out += "\\u00";
            out += hex[static_cast<unsigned char>(byte) >> 4];
            out += hex[static_cast<unsigned char>(byte) & 15];
    }
}

bool plain_ascii(char byte)
{
    const auto c = static_cast<unsigned char>(byte);
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

class event_writer
{
public:
    event_writer(std::string& out, const std::vector<node>& nodes) : out_(out), nodes_(nodes) {}

    void members(std::size_t first, std::size_t last, std::string_view parent, std::string_view grandparent)
    {
        for (std::size_t at = first; at < last;)
        {
            if (at != first)
                out_ += ',';
            const auto name = nodes_[at].name;
            std::size_t after = nodes_[at].end;
            while (after < last && nodes_[after].name == name)
                after = nodes_[after].end;
            out_ += '"';
            out_ += name;
            out_ += "\":";
            const bool several = after != nodes_[at].end;
            if (several || member_is_array(name, parent, grandparent))
                array(at, after, parent);
            else
                value(at, parent);
            at = after;
        }
    }

private:
    void array(std::size_t first, std::size_t last, std::string_view parent)
    {
        out_ += '[';
        for (std::size_t at = first; at < last; at = nodes_[at].end)
        {
            if (at != first)
                out_ += ',';
            value(at, parent);
        }
        out_ += ']';
    }

    void value(std::size_t at, std::string_view parent)
    {
        const auto& element = nodes_[at];
        if (element.container && element.end > at + 1)
        {
            out_ += '{';
            members(at + 1, element.end, element.name, parent);
            out_ += '}';
            return;
        }
        if (element.attribute.empty() && element.text.empty() && is_list(element.name, parent))
        {
            out_ += "{}";
            return;
        }
        const auto text = element.name == "RESULTS" ? element.text : trimmed(element.text);
        if (element.attribute.empty())
            return append_json_from_xml(out_, text);
        out_ += "{\"@";
        out_ += element.attribute;
        out_ += "\":";
        append_json_from_xml(out_, element.attribute_value);
        out_ += ",\"#text\":";
        append_json_from_xml(out_, text);
        out_ += '}';
    }

    std::string& out_;
    const std::vector<node>& nodes_;
};

}  // namespace

void append_members(std::string& out, const document& elements)
{
    event_writer(out, elements.nodes()).members(0, elements.nodes().size(), {}, {});
}

void append_json(std::string& out, std::string_view text)
{
    out += '"';
    for (const char byte : text)
    {
        if (plain_ascii(byte) || static_cast<unsigned char>(byte) >= 0x80)
            out += byte;
        else
            append_escape(out, byte);
    }
    out += '"';
}

void append_json_from_xml(std::string& out, std::string_view text)
{
    out += '"';
    for (std::size_t at = 0; at < text.size();)
    {
        const auto run = at;
        while (at < text.size() && plain_ascii(text[at]))
            ++at;
        out += text.substr(run, at - run);
        if (at == text.size())
            break;
        if (text[at] == '\r')  // XML 1.0, section 2.11: CR LF and CR are reported as LF
        {
            out += "\\n";
            at += text.substr(at, 2) == "\r\n" ? 2U : 1U;
            continue;
        }
        const auto piece = next_piece(text.substr(at));
        if (!piece.legal)
            out += "\uFFFD";
        else if (piece.size > 1)
            out += text.substr(at, piece.size);
        else
            append_escape(out, text[at]);
        at += piece.size;
    }
    out += '"';
}

}  // namespace qdc::sandbox
