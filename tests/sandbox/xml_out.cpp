#include "sandbox/xml_out.hpp"

#include <algorithm>

namespace qdc::sandbox
{
namespace
{

void append_indent(std::string& out, unsigned depth)
{
    out += '\n';
    out.append(2UL * depth, ' ');
}

void append_empty(std::string& out, const node& element, dice& noise)
{
    out += '<';
    out += element.name;
    switch (noise.below(element.container ? 3 : 4))
    {
        case 0:
            out += " />";
            return;
        case 1:
            out += "/>";
            return;
        case 2:
            out += '>';
            break;
        default:
            out += "><![CDATA[]]>";
    }
    out += "</";
    out += element.name;
    out += '>';
}

bool wants_cdata(const node& element, dice& noise)
{
    if (element.name == "RESULTS")
        return true;
    if (element.attribute.empty() && element.text.find_first_of("&<>") != std::string_view::npos)
        return !noise.one_in(5);
    return noise.one_in(6);
}

void append_text(std::string& out, const node& element, dice& noise, unsigned depth)
{
    if (!wants_cdata(element, noise))
        return append_xml_escaped(out, element.text);
    const bool padded = element.name != "RESULTS" && noise.one_in(4);
    if (padded)
        append_indent(out, depth + 1);
    append_cdata(out, element.text);
    if (padded)
        append_indent(out, depth);
}

}  // namespace

void append_xml_escaped(std::string& out, std::string_view text)
{
    for (std::size_t run = 0;;)
    {
        const auto at = text.find_first_of("&<>\"", run);
        out += text.substr(run, at - run);
        if (at == std::string_view::npos)
            return;
        out += text[at] == '&' ? "&amp;" : text[at] == '<' ? "&lt;" : text[at] == '>' ? "&gt;" : "&quot;";
        run = at + 1;
    }
}

void append_cdata(std::string& out, std::string_view text)
{
    out += "<![CDATA[";
    for (std::size_t run = 0;;)
    {
        const auto at = text.find("]]>", run);
        if (at == std::string_view::npos)
        {
            out += text.substr(run);
            break;
        }
        out += text.substr(run, at - run);
        out += "]]]]><![CDATA[>";
        run = at + 3;
    }
    out += "]]>";
}

void append_xml(std::string& out, const document& elements, dice& noise, unsigned depth)
{
    const auto& nodes = elements.nodes();
    std::vector<std::size_t> open;  // containers around the current element
    const auto close_finished = [&out, &open, &nodes, depth](std::size_t at)
    {
        while (!open.empty() && nodes[open.back()].end == at)
        {
            append_indent(out, depth + static_cast<unsigned>(open.size()) - 1);
            out += "</";
            out += nodes[open.back()].name;
            out += '>';
            open.pop_back();
        }
    };
    for (std::size_t at = 0; at < nodes.size(); ++at)
    {
        close_finished(at);
        const auto& element = nodes[at];
        const unsigned level = depth + static_cast<unsigned>(open.size());
        append_indent(out, level);
        const bool empty =
            element.container ? element.end == at + 1 : element.text.empty() && element.attribute.empty();
        if (empty)
        {
            append_empty(out, element, noise);
            continue;
        }
        out += '<';
        out += element.name;
        if (!element.attribute.empty())
        {
            out += ' ';
            out += element.attribute;
            out += "=\"";
            append_xml_escaped(out, element.attribute_value);
            out += '"';
        }
        out += '>';
        if (element.container)
        {
            open.push_back(at);
            continue;
        }
        append_text(out, element, noise, level);
        out += "</";
        out += element.name;
        out += '>';
    }
    close_finished(nodes.size());
}

}  // namespace qdc::sandbox
