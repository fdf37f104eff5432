// The bytes of a host with two findings, 8214 (New, severity 5, QDS 95) and 8220 (Fixed, severity 5, no QDS):
//
//   02             version
//   7f             all seven members count
//   00             not missing
//   02             two findings with numbers
//   96 40          8214 = 0x16 + (0x40 << 7), as the step from 0
//   .. x 6         its print
//   01 06 60       New, 5 + 1, 95 + 1
//   06             8220 is 6 more than 8214
//   .. x 6         its print
//   04 06 00       Fixed, 5 + 1, none

#include "services/changes/known_host.hpp"

#include "base/number.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace qdc::services
{
namespace
{

constexpr char format = 2;
constexpr std::string_view numbered_prefix = "\"UNIQUE_VULN_ID\":\"";
constexpr std::size_t print_bytes = 6;

// The byte of a usual text is its place in this list. What is in none of the places is a text behind `other`.
constexpr unsigned char other = 255;
constexpr std::array<std::string_view, 5> usual_statuses{"", "New", "Active", "Re-Opened", "Fixed"};

/// The number of a key of the form "UNIQUE_VULN_ID":"8214". One with leading zeros is a text: it would come back changed.
std::optional<std::uint64_t> number_of_key(std::string_view key)
{
    if (!key.starts_with(numbered_prefix) || !key.ends_with('"'))
        return std::nullopt;
    const auto digits = key.substr(numbered_prefix.size(), key.size() - numbered_prefix.size() - 1);
    if (digits.size() > 1 && digits.starts_with('0'))
        return std::nullopt;
    return number_in<std::uint64_t>(digits);
}

/// Seven bits in a byte, the lowest first; the eighth bit says that more follow.
void append_varint(std::string& out, std::uint64_t number)
{
    for (; number >= 0x80; number >>= 7)
        out += static_cast<char>(number | 0x80);
    out += static_cast<char>(number);
}

/// Its length, then its bytes.
void append_text(std::string& out, std::string_view text)
{
    append_varint(out, text.size());
    out += text;
}

/// One byte where the status is usual; otherwise `other` and the text.
void append_status(std::string& out, std::string_view status)
{
    const auto found = std::find(usual_statuses.begin(), usual_statuses.end(), status);
    if (found != usual_statuses.end())
    {
        out += static_cast<char>(found - usual_statuses.begin());
        return;
    }
    out += static_cast<char>(other);
    append_text(out, status);
}

/// A whole number up to 100, spelled as usual, is one byte: 1 more than it is. 0: not there.
void append_small_number(std::string& out, std::string_view text)
{
    const auto number = number_in<unsigned>(text);
    const bool usual = number && *number <= 100 && (text.size() == 1 || !text.starts_with('0'));
    if (text.empty() || usual)
    {
        out += static_cast<char>(text.empty() ? 0 : *number + 1);
        return;
    }
    out += static_cast<char>(other);
    append_text(out, text);
}

/// All of a finding but its key. Of the print 48 bits are kept.
void append_finding(std::string& out, const known_finding& finding)
{
    for (std::size_t byte = 0; byte < print_bytes; ++byte)
        out += static_cast<char>(finding.print >> (8 * byte));
    append_status(out, finding.status);
    append_small_number(out, finding.severity);
    append_small_number(out, finding.qds);
}

/// Reads from the front; once something is missing, everything is.
class byte_reader
{
public:
    explicit byte_reader(std::string_view bytes) : rest_(bytes) {}

    bool good() const noexcept { return good_; }

    bool at_end() const noexcept { return rest_.empty() || !good_; }

    unsigned char byte()
    {
        const auto one = take(1);
        return one.empty() ? 0 : static_cast<unsigned char>(one.front());
    }

    /// What append_varint() wrote. More than 64 bits are an error.
    std::uint64_t varint()
    {
        std::uint64_t number = 0;
        for (unsigned shift = 0; shift < 64; shift += 7)
        {
            const auto next = byte();
            number |= static_cast<std::uint64_t>(next & 0x7f) << shift;
            if ((next & 0x80) == 0)
                return number;
        }
        good_ = false;
        return 0;
    }

    std::string text() { return std::string(take(varint())); }

    /// What append_status() wrote. A place that the list does not have is an error.
    std::string status()
    {
        const auto code = byte();
        if (code == other)
            return text();
        good_ = good_ && code < usual_statuses.size();
        return good_ ? std::string(usual_statuses[code]) : std::string();
    }

    /// What append_small_number() wrote.
    std::string small_number()
    {
        const auto code = byte();
        if (code == other)
            return text();
        return code == 0 ? std::string() : std::to_string(code - 1);
    }

    known_finding finding(std::string key)
    {
        known_finding read;
        read.key = std::move(key);
        for (std::size_t each = 0; each < print_bytes; ++each)
            read.print |= static_cast<std::uint64_t>(byte()) << (8 * each);
        read.status = status();
        read.severity = small_number();
        read.qds = small_number();
        return read;
    }

private:
    std::string_view take(std::uint64_t count)
    {
        good_ = good_ && count <= rest_.size();
        if (!good_)
            return {};
        const auto taken = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return taken;
    }

    std::string_view rest_;
    bool good_{true};
};

}  // namespace

bool order_of_keys(std::string_view left, std::string_view right)
{
    const auto left_number = number_of_key(left);
    const auto right_number = number_of_key(right);
    if (left_number && right_number)
        return *left_number < *right_number;
    if (left_number.has_value() != right_number.has_value())
        return left_number.has_value();
    return left < right;
}

std::string encode(const known_host& host)
{
    std::string out(1, format);
    out += static_cast<char>(host.counted);
    // 1970 stands for "not missing".
    const auto since = host.missing_since ? host.missing_since->time_since_epoch() : utc_time::duration();
    append_varint(out, static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(since).count()));

    // Findings are sorted, numbers first: where the first text stands, the numbered ones end.
    const auto texts = std::find_if_not(
        host.findings.begin(), host.findings.end(), [](const auto& each) { return number_of_key(each.key).has_value(); }
    );
    append_varint(out, static_cast<std::uint64_t>(texts - host.findings.begin()));
    // Steps are small numbers, so most take one or two bytes.
    std::uint64_t before = 0;
    for (auto each = host.findings.begin(); each != texts; ++each)
    {
        const auto number = *number_of_key(each->key);
        append_varint(out, number - before);
        before = number;
        append_finding(out, *each);
    }
    // The others need their keys as they are, and go on to the end of the bytes.
    for (auto each = texts; each != host.findings.end(); ++each)
    {
        append_text(out, each->key);
        append_finding(out, *each);
    }
    return out;
}

std::optional<known_host> decode(std::string_view bytes)
{
    byte_reader in(bytes);
    // Another version's bytes count as nothing known.
    if (in.byte() != format)
        return std::nullopt;
    known_host host;
    host.counted = in.byte();
    if (const auto since = in.varint(); since != 0)
        host.missing_since = utc_time(std::chrono::seconds(since));
    // A damaged count cannot make this run on: reading ends with the bytes.
    std::uint64_t number = 0;
    for (auto left = in.varint(); left > 0 && in.good(); --left)
    {
        number += in.varint();
        host.findings.push_back(in.finding(std::string(numbered_prefix) + std::to_string(number) + '"'));
    }
    while (!in.at_end())
    {
        auto key = in.text();
        host.findings.push_back(in.finding(std::move(key)));
    }
    return in.good() ? std::optional(std::move(host)) : std::nullopt;
}

}  // namespace qdc::services
