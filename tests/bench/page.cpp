#include "bench/page.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace qdc::bench
{
namespace
{

constexpr std::size_t block_bytes = 8'000'000;
constexpr std::uint64_t first_id = 100'000'000;

constexpr std::string_view head_text =
    "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n"
    "<!DOCTYPE HOST_LIST_VM_DETECTION_OUTPUT SYSTEM "
    "\"https://localhost/api/5.0/fo/asset/host/vm/detection/dtd/output.dtd\">\n"
    "<HOST_LIST_VM_DETECTION_OUTPUT>\n  <RESPONSE>\n    <DATETIME>2024-06-01T10:00:00Z</DATETIME>\n    <HOST_LIST>\n";
constexpr std::string_view tail_text = "    </HOST_LIST>\n  </RESPONSE>\n</HOST_LIST_VM_DETECTION_OUTPUT>\n<!-- "
                                       "CONFIDENTIAL AND PROPRIETARY INFORMATION -->\n";

/// splitmix64: the same on every machine, unlike the distributions of <random>.
class dice
{
public:
    explicit dice(std::uint64_t seed) : state_(seed) {}

    std::uint64_t below(std::uint64_t limit)
    {
        state_ += 0x9e3779b97f4a7c15U;
        auto z = state_;
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
        return (z ^ (z >> 31U)) % limit;
    }

    bool one_in(std::uint64_t n) { return below(n) == 0; }

    template <std::size_t N>
    std::string_view pick(const std::array<std::string_view, N>& from)
    {
        return from[below(N)];
    }

    /// Log-uniform in 50 … 3,000.
    std::size_t results_bytes()
    {
        const double part = static_cast<double>(below(1'000'000)) / 1e6;
        return static_cast<std::size_t>(50.0 * std::pow(60.0, part));
    }

private:
    std::uint64_t state_;
};

constexpr std::array<std::string_view, 8> packages{
    "openssl-libs\t1.1.1k-7.el8_6\t1.1.1k-12.el8_9\n",
    "kernel-core\t5.14.0-362.8.1.el9_3\t5.14.0-427.13.1.el9_4\n",
    "python3-urllib3\t1.26.5-3.el9\t1.26.5-5.el9_4.1\n",
    "glibc-common\t2.34-83.el9.7\t2.34-100.el9_4.2\n",
    "libxml2\t2.9.13-5.el9_3\t2.9.13-6.el9_4\n",
    "bind-utils\t32:9.16.23-14.el9_3\t32:9.16.23-18.el9_4.1\n",
    "Package\tInstalled Version\tRequired Version\n",
    "curl-minimal\t7.76.1-26.el9_3.3\t7.76.1-29.el9_4\n",
};
constexpr std::array<std::string_view, 6> windows{
    "%windir%\\system32\\drivers\\tcpip.sys Version is 10.0.17763.5122\r\n",
    "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProductName = Windows Server 2019 Standard\r\n",
    "C:\\Program Files (x86)\\Java\\jre1.8.0_351\\bin\\java.exe\tVersion is 8.0.3510.10\n",
    "C:\\Windows\\SysWOW64\\mshtml.dll File version is 11.0.17763.4974\n",
    "KB5031361 or KB5032196 is not installed\n",
    "HKLM\\System\\CurrentControlSet\\Services\\LanmanServer\\Parameters SMB1 = 1\n",
};
constexpr std::array<std::string_view, 6> web{
    "HTTP/1.1 200 OK\r\nServer: Apache/2.4.37 (Red Hat Enterprise Linux) OpenSSL/1.1.1k\r\n",
    "<html><head><title>Index of \"/\"</title></head><body><h1>It works!</h1>\n",
    "Set-Cookie: JSESSIONID=8F2A1B; Path=/; HttpOnly\nX-Frame-Options: SAMEORIGIN\n",
    "GET /login?next=%2Fadmin&user=guest HTTP/1.1\nHost: www.example.com\n",
    "<a href=\"https://www.example.com/?a=1&b=2\">more &raquo;</a><br/>\n",
    "Vulnerable JavaScript library: jQuery version: 1.12.4 Script uri: https://www.example.com/js/jquery.min.js\n",
};
constexpr std::array<std::string_view, 5> dump{
    "Certificate #0 CN=www.example.com,O=Example Inc.,L=Berlin,C=DE is a self signed certificate.\n",
    "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQGEwJJ\n",
    "RTESMBAGA1UEChMJQmFsdGltb3JlMRMwEQYDVQQLEwpDeWJlclRydXN0MSIwIAYD\n",
    "CIPHER\tKEY-EXCHANGE\tAUTHENTICATION\tMAC\tENCRYPTION(KEY-STRENGTH)\tGRADE\nTLSv1 SUPPORTS CIPHERS WITH 64 BIT "
    "BLOCKS\n",
    "SHA256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\n",
};
constexpr std::array<std::string_view, 4> foreign{
    "Paket »größer« benötigt eine neuere Version\n",
    "Версия пакета устарела: обновите\n",
    "数据中心のサーバー 証明書\n",
    "L'accès à l'hôte a été refusé – réessayez\n",
};

std::string number(std::uint64_t value)
{
    return std::to_string(value);
}

/// A line of base64, so that gzip does not find a page too easy: it comes out seven times smaller, as real pages do.
std::string base64_line(dice& any)
{
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string line;
    while (line.size() < 64)
        line += letters[any.below(letters.size())];
    return line + '\n';
}

/// `bytes` of lines of one kind, cut between two characters.
std::string results(dice& any)
{
    const auto bytes = any.results_bytes();
    const auto kind = any.below(4);
    const bool beyond_ascii = any.one_in(20);
    std::string text;
    while (text.size() < bytes)
    {
        if (beyond_ascii && any.one_in(3))
            text += any.pick(foreign);
        else if (kind == 0)
            text += any.pick(packages);
        else if (kind == 1)
            text += any.pick(windows);
        else if (kind == 2)
            text += any.pick(web);
        else
            text += any.one_in(2) ? base64_line(any) : std::string(any.pick(dump));
        if (any.one_in(3))
            text += number(any.below(100'000'000)) + ' ';
    }
    auto end = bytes;
    while ((static_cast<unsigned char>(text[end - 1]) & 0x80U) != 0)  // not within a character
        --end;
    text.resize(end);
    return text;
}

void leaf(std::string& out, std::string_view indent, std::string_view name, std::string_view value)
{
    out.append(indent).append("<").append(name).append(">").append(value);
    out.append("</").append(name).append(">\n");
}

/// A time of the years 2023 and 2024: older than any window of the run, so no host is remembered for the next one.
std::string some_time(dice& any)
{
    std::array<char, 64> text{};
    const auto year = 2023 + any.below(2);
    std::snprintf(
        text.data(),
        text.size(),
        "%llu-%02llu-%02lluT%02llu:%02llu:%02lluZ",
        static_cast<unsigned long long>(year),
        static_cast<unsigned long long>(1 + any.below(12)),
        static_cast<unsigned long long>(1 + any.below(28)),
        static_cast<unsigned long long>(any.below(24)),
        static_cast<unsigned long long>(any.below(60)),
        static_cast<unsigned long long>(any.below(60))
    );
    return text.data();
}

void add_detection(std::string& out, std::uint64_t unique, dice& any)
{
    constexpr std::string_view in = "            ";
    constexpr std::array<std::string_view, 3> types{"Confirmed", "Confirmed", "Potential"};
    constexpr std::array<std::string_view, 4> statuses{"New", "Active", "Active", "Re-Opened"};
    out += "          <DETECTION>\n";
    leaf(out, in, "UNIQUE_VULN_ID", number(unique));
    leaf(out, in, "QID", number(100000 + any.below(800000)));
    leaf(out, in, "TYPE", any.pick(types));
    leaf(out, in, "SEVERITY", number(1 + any.below(5)));
    if (any.one_in(3))
    {
        leaf(out, in, "PORT", "443");
        leaf(out, in, "PROTOCOL", "tcp");
    }
    leaf(out, in, "SSL", any.one_in(2) ? "1" : "0");
    leaf(out, in, "RESULTS", "<![CDATA[" + results(any) + "]]>");
    leaf(out, in, "STATUS", any.pick(statuses));
    leaf(out, in, "FIRST_FOUND_DATETIME", some_time(any));
    leaf(out, in, "LAST_FOUND_DATETIME", some_time(any));
    if (any.one_in(2))
        out.append(in).append("<QDS severity=\"MEDIUM\">").append(number(any.below(100))).append("</QDS>\n");
    leaf(out, in, "TIMES_FOUND", number(1 + any.below(400)));
    leaf(out, in, "LAST_TEST_DATETIME", some_time(any));
    leaf(out, in, "LAST_UPDATE_DATETIME", some_time(any));
    leaf(out, in, "IS_IGNORED", "0");
    leaf(out, in, "IS_DISABLED", "0");
    leaf(out, in, "LAST_PROCESSED_DATETIME", some_time(any));
    out += "          </DETECTION>\n";
}

/// Everything of a host in front of its detections. Returns where its id stands.
std::size_t add_host_members(std::string& out, dice& any)
{
    constexpr std::string_view in = "        ";
    constexpr std::array<std::string_view, 3> systems{
        "Red Hat Enterprise Linux 9.3",
        "Windows Server 2019 Standard 64 bit Edition Version 1809",
        "Ubuntu 22.04.3 LTS"};
    const auto name = "host-" + number(any.below(100000));
    out += "      <HOST>\n";
    const auto id_at = out.size() + in.size() + 4;
    leaf(out, in, "ID", "000000000");
    leaf(out, in, "IP", "10." + number(any.below(256)) + '.' + number(any.below(256)) + '.' + number(any.below(256)));
    leaf(out, in, "TRACKING_METHOD", "AGENT");
    leaf(out, in, "OS", "<![CDATA[" + std::string(any.pick(systems)) + "]]>");
    leaf(out, in, "DNS", "<![CDATA[" + name + ".prod.example.com]]>");
    out += "        <DNS_DATA>\n";
    leaf(out, "          ", "HOSTNAME", "<![CDATA[" + name + "]]>");
    leaf(out, "          ", "DOMAIN", "<![CDATA[prod.example.com]]>");
    leaf(out, "          ", "FQDN", "<![CDATA[" + name + ".prod.example.com]]>");
    out += "        </DNS_DATA>\n";
    leaf(out, in, "NETBIOS", "<![CDATA[" + name + "]]>");
    leaf(
        out,
        in,
        "QG_HOSTID",
        "<![CDATA[6a9f3c1e-8d2b-4c5f-9e7a-" + number(100000000000 + any.below(800000000000)) + "]]>"
    );
    leaf(out, in, "LAST_SCAN_DATETIME", some_time(any));
    leaf(out, in, "LAST_VM_SCANNED_DATE", some_time(any));
    leaf(out, in, "LAST_VM_SCANNED_DURATION", number(any.below(900)));
    leaf(out, in, "LAST_VM_AUTH_SCANNED_DATE", some_time(any));
    out += "        <TAGS>\n";
    for (auto tags = 1 + any.below(3); tags > 0; --tags)
    {
        out += "          <TAG>\n";
        leaf(out, "            ", "TAG_ID", number(7700000 + any.below(100000)));
        leaf(out, "            ", "NAME", tags == 1 ? "<![CDATA[Cloud Agent]]>" : "<![CDATA[prod & web]]>");
        out += "          </TAG>\n";
    }
    out += "        </TAGS>\n";
    return id_at;
}

}  // namespace

block::block(std::uint64_t seed)
{
    dice any(seed);
    text.reserve(block_bytes + 200'000);
    std::uint64_t unique = 10'000'000;
    while (text.size() < block_bytes)
    {
        const auto begin = text.size();
        const auto id_at = add_host_members(text, any);
        const auto detections = 13 + any.below(25);
        text += "        <DETECTION_LIST>\n";
        for (std::uint64_t i = 0; i < detections; ++i)
            add_detection(text, unique++, any);
        text += "        </DETECTION_LIST>\n      </HOST>\n";
        hosts.push_back({begin, id_at, detections});
    }
}

page::page(std::shared_ptr<const block> of, std::uint64_t bytes) : of_(std::move(of)), wanted_(bytes) {}

bool page::next(std::string& out)
{
    switch (next_)
    {
        case part::head:
            out = head_text;
            next_ = part::hosts;
            break;
        case part::hosts:
            next_host(out);
            if (given_ + out.size() >= wanted_)
                next_ = part::tail;
            break;
        case part::tail:
            out = tail_text;
            next_ = part::none;
            break;
        case part::none:
            return false;
    }
    given_ += out.size();
    return true;
}

void page::next_host(std::string& out)
{
    const auto& hosts = of_->hosts;
    const auto which = host_ % hosts.size();
    const auto& host = hosts[which];
    const auto end = which + 1 == hosts.size() ? of_->text.size() : hosts[which + 1].begin;
    out.assign(of_->text, host.begin, end - host.begin);
    const auto id = std::to_string(first_id + host_);
    std::copy(id.begin(), id.end(), out.begin() + static_cast<std::ptrdiff_t>(host.id_at - host.begin));
    detections_ += host.detections;
    ++host_;
}

bool gather(page& from, std::size_t bytes, std::string& out)
{
    out.clear();
    for (std::string part; out.size() < bytes && from.next(part);)
        out += part;
    return !out.empty();
}

}  // namespace qdc::bench
