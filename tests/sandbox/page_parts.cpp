#include "sandbox/pages.hpp"
#include "sandbox/utc.hpp"
#include "sandbox/xml_out.hpp"

#include <charconv>
#include <chrono>

namespace qdc::sandbox
{
namespace
{

constexpr std::string_view foreign_host = "https://qualysapi.p01.eng.example.net";
constexpr std::string_view dtd_host = "https://qualysapi.example.com";

}  // namespace

std::string about_document(const world& in)
{
    std::string out = R"(<?xml version="1.0" encoding="UTF-8" ?>
<!DOCTYPE ABOUT SYSTEM ")";
    out += dtd_host;
    out +=
        "/about.dtd\">\n<!-- Generated for username=\"" + in.settings.user + "\" date=\"" + to_text(now()) + "\" -->\n";
    out += R"(<ABOUT>
  <API-VERSION MAJOR="1" MINOR="4" />
  <WEB-VERSION>10.39.1.0-1</WEB-VERSION>
  <SCANNER-VERSION>14.1.10-1</SCANNER-VERSION>
  <VULNSIGS-VERSION>2.6.200-2</VULNSIGS-VERSION>
</ABOUT>
)";
    out += document_tail();
    return out;
}

std::string simple_return(unsigned code, const std::string& text, const std::string& item, std::uint64_t value)
{
    std::string out = "<!DOCTYPE SIMPLE_RETURN SYSTEM \"";
    out += dtd_host;
    out += "/api/2.0/simple_return.dtd\">\n<SIMPLE_RETURN>\n  <RESPONSE>\n    <DATETIME>" + to_text(now());
    out += "</DATETIME>\n    <CODE>" + std::to_string(code) + "</CODE>\n    <TEXT>";
    append_xml_escaped(out, text);
    out += "</TEXT>\n";
    if (!item.empty())
        out += "    <ITEM_LIST>\n      <ITEM>\n        <KEY>" + item + "</KEY>\n        <VALUE>" +
               std::to_string(value) + "</VALUE>\n      </ITEM>\n    </ITEM_LIST>\n";
    out += "  </RESPONSE>\n</SIMPLE_RETURN>\n";
    return out;
}

std::string document_head(const page_request& asked, std::string_view root, const std::string& dtd)
{
    std::string out;
    if (asked.junk)
        out += "<!-- served by node 7 -->\n";
    out += "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<!DOCTYPE ";
    out += root;
    out += " SYSTEM \"";
    out += dtd_host;
    out += dtd;
    out += asked.entity ? "\" [ <!ENTITY company \"Acme\"> ]>\n" : "\">\n";
    out += "<!-- This document was made by a sandbox; nothing in it is real. -->\n<";
    out += root;
    out +=
        ">\n  <RESPONSE>\n    <DATETIME>" + to_text(now() + std::chrono::seconds(asked.clock_offset)) + "</DATETIME>\n";
    return out;
}

std::string_view document_tail()
{
    return "<!-- CONFIDENTIAL AND PROPRIETARY INFORMATION of nobody -->\n";
}

std::string next_url(const world& in, const page_request& asked, const std::string& cursor, std::uint64_t value)
{
    std::string url(foreign_host);
    url += asked.path + "?action=list";
    const bool host_list = asked.path.find("/detection") == std::string::npos && cursor == "id_min";
    for (const auto& [name, text] : asked.parameters)
        if (name != "action" && name != cursor && !(name == "details" && host_list && in.settings.foreign_details))
            url += '&' + name + '=' + url_encoded(text);
    if (host_list && in.settings.foreign_details)
        url += "&details=None";
    if (cursor == "id_min")
        url += "&cloud_agent_activationkey=0";
    return url + '&' + cursor + '=' + std::to_string(value);
}

std::uint64_t page_limit(const parameter_map& parameters)
{
    const auto found = parameters.find("truncation_limit");
    std::uint64_t limit = 1000;
    if (found != parameters.end())
        std::from_chars(found->second.data(), found->second.data() + found->second.size(), limit);
    return limit;
}

}  // namespace qdc::sandbox
