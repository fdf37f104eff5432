#include "sandbox/http_connection.hpp"

#include "sandbox/gzip.hpp"
#include "sandbox/no_throw.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

namespace qdc::sandbox
{
namespace
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr std::size_t head_limit = 64 * 1024;
constexpr std::size_t body_limit = 16 << 20;  // a long list of ids
constexpr std::size_t piece_bytes = 64 * 1024;
constexpr auto farewell = 2s;

std::string head_of(const http_answer& answer, bool chunked, bool compressed, bool lower_case)
{
    auto lines = answer.headers;
    lines.insert(lines.begin(), {{"Server", "Qualys"}, {"Content-Type", answer.content_type}});
    if (chunked)
        lines.emplace_back("Transfer-Encoding", "chunked");
    else
        lines.emplace_back("Content-Length", std::to_string(answer.text.size()));
    if (compressed)
        lines.emplace_back("Content-Encoding", "gzip");
    lines.emplace_back("Connection", answer.close ? "close" : "Keep-Alive");
    if (!answer.close)
        lines.emplace_back("Keep-Alive", "timeout=300, max=217");
    lines.emplace_back("X-Powered-By", "Qualys:SANDBOX:00000000-0000-0000-0000-000000000001");
    lines.emplace_back("X-Content-Type-Options", "nosniff");
    lines.emplace_back("X-Frame-Options", "SAMEORIGIN");
    const auto reason = answer.reason.empty() ? std::string(reason_of(answer.status)) : answer.reason;
    std::string head = "HTTP/1.1 " + std::to_string(answer.status) + ' ' + reason + "\r\n";
    for (auto& [name, value] : lines)
    {
        if (lower_case)
            for (char& c : name)
                c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
        head += name + ": " + value + "\r\n";
    }
    return head + "\r\n";
}

/// Waits until the client goes away.
asio::awaitable<void> wait_for_end(tls_stream& stream)
{
    std::array<char, 256> ignored{};
    for (bool gone = false; !gone;)
    {
        const auto place = asio::buffer(ignored);
        const auto [error, size] = co_await stream.async_read_some(place, no_throw);
        gone = static_cast<bool>(error);
    }
}

asio::awaitable<bool> write_all(tls_stream& stream, const std::string& bytes)
{
    const auto what = asio::buffer(bytes);
    const auto [error, size] = co_await asio::async_write(stream, what, no_throw);
    co_return !error;
}

// What a node that breaks down in the middle of an answer may send instead of its rest.
constexpr std::string_view garbage = "\x1f\x8b\x08]]>]]><\x01\xff\xfe{{<HOST><ID>7</ID>&#0;";
constexpr std::string_view error_document =
    "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<SIMPLE_RETURN>\n  <RESPONSE>\n    <CODE>999</CODE>\n"
    "    <TEXT>Internal Error</TEXT>\n  </RESPONSE>\n</SIMPLE_RETURN>\n";

/// A body on its way: how far it may go before a fault happens.
class delivery
{
public:
    delivery(tls_stream& stream, const std::vector<fault>& faults)
        : stream_(stream),
          cut_(find_fault(faults, "cut")),
          stall_(find_fault(faults, "stall")),
          slow_(find_fault(faults, "slow"))
    {
    }

    /// Sends `payload` in chunks; false when the connection is over.
    asio::awaitable<bool> send(const std::string& payload)
    {
        for (std::size_t at = 0; at < payload.size();)
        {
            const auto size = next_size(payload.size() - at);
            if (size > 0)
            {
                frame(std::string_view(payload).substr(at, size));
                const bool good = co_await write_all(stream_, chunk_);
                if (!good)
                    co_return false;
                at += size;
                sent_ += size;
            }
            const bool go_on = co_await meet_fault();
            if (!go_on)
                co_return false;
        }
        co_return true;
    }

    /// The last chunk, unless the body is cut behind its last byte.
    asio::awaitable<bool> finish()
    {
        if (cut_ != nullptr)
        {
            co_await cut();
            co_return false;
        }
        const std::string last = "0\r\n\r\n";
        const bool good = co_await write_all(stream_, last);
        co_return good;
    }

    std::uint64_t sent_bytes() const { return sent_; }

private:
    std::size_t next_size(std::size_t left) const
    {
        std::uint64_t size = std::min(left, piece_bytes);
        if (cut_ != nullptr)
            size = std::min(size, cut_->number("after", 0) - sent_);
        if (stall_ != nullptr && sent_ < stall_->number("after", 0))
            size = std::min(size, stall_->number("after", 0) - sent_);
        if (slow_ != nullptr)  // at least ten pieces a second
            size = std::min<std::uint64_t>(size, std::max<std::uint64_t>(1, slow_->number("rate", 1000) / 10));
        return static_cast<std::size_t>(size);
    }

    void frame(std::string_view payload)
    {
        std::array<char, 24> size;
        const int digits = std::snprintf(size.data(), size.size(), "%zx\r\n", payload.size());
        chunk_.assign(size.data(), static_cast<std::size_t>(digits));
        chunk_ += payload;
        chunk_ += "\r\n";
    }

    asio::awaitable<bool> meet_fault()
    {
        if (cut_ != nullptr && sent_ >= cut_->number("after", 0))
        {
            co_await cut();
            co_return false;
        }
        if (stall_ != nullptr && sent_ >= stall_->number("after", 0))
        {
            const auto seconds = stall_->number("seconds", 0);
            stall_->happen();
            stall_ = nullptr;
            if (seconds == 0)
            {
                co_await wait_for_end(stream_);
                co_return false;
            }
            co_await sleep_for(std::chrono::seconds(seconds));
        }
        if (slow_ != nullptr)
        {
            slow_->happen();  // once for each pause
            const auto rate = std::max<std::uint64_t>(1, slow_->number("rate", 1000));
            co_await sleep_for(std::chrono::microseconds(chunk_.size() * 1'000'000 / rate));
        }
        co_return true;
    }

    /// Something else instead of the rest, and then the end as it should be.
    asio::awaitable<void> end_with(std::string other)
    {
        frame(other);
        chunk_ += "0\r\n\r\n";
        const bool good = co_await write_all(stream_, chunk_);
        if (good)
            co_await close_in_order(stream_, farewell);
    }

    asio::awaitable<void> cut()
    {
        cut_->happen();
        if (cut_->how == "rst")
            close_with_reset(stream_);
        else if (cut_->how == "no_last_chunk")
            co_await close_in_order(stream_, farewell);
        else if (cut_->how == "garbage")
            co_await end_with(std::string(garbage));
        else if (cut_->how == "error_document")
            co_await end_with(std::string(error_document));
        else
            close_without_notice(stream_);
    }

    tls_stream& stream_;
    const fault* cut_;
    const fault* stall_;
    const fault* slow_;
    std::uint64_t sent_ = 0;
    std::string chunk_;
};

asio::awaitable<sent> send_body(tls_stream& stream, const desk_answer& reply, std::uint64_t& bytes)
{
    delivery out(stream, reply.faults);
    std::optional<gzip_writer> packer;
    if (reply.may_compress)
        packer.emplace();
    std::string raw, packed;
    for (auto progress = body_progress::more; progress == body_progress::more;)
    {
        raw.clear();
        while (progress == body_progress::more && raw.size() < piece_bytes)
            progress = reply.answer.body->produce(raw);
        if (packer)
        {
            packed.clear();
            packer->add(raw, progress == body_progress::finished, packed);
        }
        const auto before = out.sent_bytes();
        const auto& payload = packer ? packed : raw;
        const bool good = co_await out.send(payload);
        bytes += out.sent_bytes() - before;
        if (!good)
            co_return sent::closed;
        if (progress == body_progress::stuck)
        {
            co_await wait_for_end(stream);
            co_return sent::closed;
        }
    }
    const bool good = co_await out.finish();
    co_return good ? sent::whole : sent::closed;
}

}  // namespace

asio::awaitable<std::optional<http_request>> read_request(tls_stream& stream, std::string& pending)
{
    auto head_buffer = asio::dynamic_buffer(pending, head_limit);
    const auto [failed, head_size] = co_await asio::async_read_until(stream, head_buffer, "\r\n\r\n", no_throw);
    if (failed)
        co_return std::nullopt;
    auto request = parse_head(std::string_view(pending).substr(0, head_size));
    pending.erase(0, head_size);
    if (!request)
        co_return std::nullopt;
    std::size_t length = 0;
    const auto text = request->header("content-length");
    std::from_chars(text.data(), text.data() + text.size(), length);
    if (length > body_limit)
        co_return std::nullopt;
    if (length > pending.size() && !request->header("expect").empty())
    {
        const std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        const bool good = co_await write_all(stream, go_on);
        if (!good)
            co_return std::nullopt;
    }
    if (length > pending.size())
    {
        auto rest = asio::dynamic_buffer(pending);
        const auto missing = asio::transfer_exactly(length - pending.size());
        const auto [cut, size] = co_await asio::async_read(stream, rest, missing, no_throw);
        if (cut)
            co_return std::nullopt;
    }
    request->body = pending.substr(0, length);
    pending.erase(0, length);
    co_return request;
}

asio::awaitable<sent> send_answer(tls_stream& stream, desk_answer reply, bool lower_case_names, std::uint64_t& bytes)
{
    if (const auto* const silent = find_fault(reply.faults, "silent"))
    {
        const auto seconds = silent->number("seconds", 0);
        silent->happen();
        if (seconds == 0)
        {
            co_await wait_for_end(stream);
            co_return sent::closed;
        }
        co_await sleep_for(std::chrono::seconds(seconds));
    }
    const bool chunked = reply.answer.body != nullptr;
    reply.may_compress = reply.may_compress && chunked;
    auto head = head_of(reply.answer, chunked, reply.may_compress, lower_case_names);
    if (!chunked)
        head += reply.answer.text;
    const bool good = co_await write_all(stream, head);
    bytes += head.size();
    if (!good)
        co_return sent::closed;
    if (!chunked)
        co_return sent::whole;
    const auto end = co_await send_body(stream, reply, bytes);
    co_return end;
}

}  // namespace qdc::sandbox
