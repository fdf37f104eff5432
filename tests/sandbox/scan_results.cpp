#include "sandbox/pages.hpp"
#include "sandbox/scans.hpp"
#include "sandbox/utf8.hpp"

namespace qdc::sandbox
{
namespace
{

void append_unit(std::string& out, unsigned long unit)
{
    constexpr std::string_view hex = "0123456789abcdef";
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4)
        out += hex[unit >> shift & 15];
}

unsigned long point_of(std::string_view character)
{
    constexpr unsigned masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    unsigned long point = static_cast<unsigned char>(character[0]) & masks[character.size()];
    for (const char c : character.substr(1))
        point = point << 6 | (static_cast<unsigned char>(c) & 0x3fU);
    return point;
}

/// The manner of PHP: `/` escaped, and in some texts all but ASCII as \u, with surrogates.
void append_php_string(std::string& out, std::string_view text, bool ascii_only)
{
    out += '"';
    for (std::size_t at = 0; at < text.size();)
    {
        const auto piece = next_piece(text.substr(at));
        const char c = text[at];
        if (piece.size == 1)
        {
            if (c == '"' || c == '\\' || c == '/')
                (out += '\\') += c;
            else if (c == '\n')
                out += "\\n";
            else if (c == '\t')
                out += "\\t";
            else if (c == '\r')
                out += "\\r";
            else
                out += c;
        }
        else if (!ascii_only)
            out += text.substr(at, piece.size);
        else
        {
            const auto point = point_of(text.substr(at, piece.size));
            if (point >= 0x10000)
            {
                append_unit(out, 0xd800 + ((point - 0x10000) >> 10));
                append_unit(out, 0xdc00 + ((point - 0x10000) & 0x3ff));
            }
            else
                append_unit(out, point);
        }
        at += piece.size;
    }
    out += '"';
}

class scan_rows final : public body_source
{
public:
    scan_rows(const world& in, std::uint64_t scan) : in_(in), scan_(scan), count_(finding_count(in, scan)) {}

    body_progress produce(std::string& out) override
    {
        if (!begun_)
        {
            begun_ = true;
            write_head(out);
            return body_progress::more;
        }
        if (next_ < count_)
        {
            write_row(out, next_++);
            return body_progress::more;
        }
        if (scan_ % 3 != 0)  // the trailer is not always there
            out += ",\n{\"target_distribution_across_scanner_appliances\":\"External : 192.0.2.0-192.0.2.63\","
                   "\"hosts_not_scanned_host_not_alive_ip\":\"192.0.2.6\"}";
        out += "\n]\n";
        return body_progress::finished;
    }

private:
    void write_head(std::string& out) const
    {
        const auto launched = to_american_text(launched_at(in_, scan_));
        out += "[\n{\"scan_report_template_title\":\"Scan Results\",\"result_date\":\"" + launched +
               "\",\"company\":\"Acme\",\"add1\":\"1 Main\",\"add2\":null,\"city\":\"Oslo\",\"state\":null,"
               "\"country\":\"Norway\",\"zip\":\"0150\",\"name\":\"A "
               "B\",\"username\":\"acme_ab1\",\"role\":\"Manager\"},\n";
        out += "{\"launch_date\":\"" + launched + "\",\"active_hosts\":\"1\",\"total_hosts\":\"64\",\"type\":\"API\",";
        out += "\"status\":\"" + std::string(state_name(in_.past.state_of(scan_))) + "\",\"reference\":";
        append_php_string(out, scan_reference(in_, scan_), false);
        out += ",\"scanner_appliance\":\"203.0.113.9 (Scanner 14.1.10-1)\",\"duration\":\"01:12:09\","
               "\"scan_title\":\"Weekly DMZ & edge\",\"asset_groups\":null,\"ips\":\"192.0.2.0-192.0.2.63\","
               "\"excluded_ips\":\"\",\"network\":\"Global Default Network\",\"option_profile\":\"Initial Options\"}";
    }

    void write_row(std::string& out, std::uint64_t index) const
    {
        const bool wide = index % 5 == 4;  // some rows with blanks between the parts
        const bool ascii_only = index % 2 == 0;
        out += ",\n{";
        bool first = true;
        for (const auto& member : finding_of(in_, scan_, index))
        {
            out += first ? "" : wide ? " ,\n  " : ",";
            first = false;
            (out += '"') += member.name;
            out += wide ? "\" : " : "\":";
            if (member.what == scan_member::kind::null)
                out += "null";
            else if (member.what == scan_member::kind::number)
                out += member.text;
            else
                append_php_string(out, member.text, ascii_only);
        }
        out += '}';
    }

    const world& in_;
    std::uint64_t scan_;
    std::uint64_t count_;
    std::uint64_t next_ = 0;
    bool begun_ = false;
};

}  // namespace

std::unique_ptr<body_source> scan_results(const world& in, page_request asked)
{
    const auto scan = find_scan(in, asked.parameters["scan_ref"]);
    if (!scan)
        return nullptr;
    const auto state = in.past.state_of(*scan);
    if (state == scan_state::queued || state == scan_state::running)
        return nullptr;
    return std::make_unique<scan_rows>(in, *scan);
}

}  // namespace qdc::sandbox
