#include "bench/page_server.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <stdexcept>
#include <string_view>
#include <thread>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

namespace qdc::bench
{
namespace
{

constexpr std::size_t chunk_bytes = 64 * 1024;
constexpr std::size_t paced_bytes = 4 * 1024;  // small, so that a pace is even
constexpr std::string_view head =
    "HTTP/1.1 200 OK\r\nServer: Qualys\r\nContent-Type: application/xml\r\nX-RateLimit-Limit: 300\r\n"
    "X-RateLimit-Window-Sec: 3600\r\nX-RateLimit-Remaining: 299\r\nX-RateLimit-ToWait-Sec: 0\r\n"
    "X-Concurrency-Limit-Limit: 2\r\nX-Concurrency-Limit-Running: 1\r\nTransfer-Encoding: chunked\r\n";

void must(bool good, const char* what)
{
    if (!good)
        throw std::runtime_error(std::string(what) + " failed");
}

/// Reads requests away, each a head and a body; false: the client is gone.
bool take_request(SSL* tls)
{
    std::string got;
    std::size_t whole = std::string::npos;
    while (got.size() < whole)
    {
        std::array<char, 4096> piece;
        const int size = SSL_read(tls, piece.data(), static_cast<int>(piece.size()));
        if (size <= 0)
            return false;
        got.append(piece.data(), static_cast<std::size_t>(size));
        const auto end = got.find("\r\n\r\n");
        if (whole != std::string::npos || end == std::string::npos)
            continue;
        const auto length = got.find("Content-Length: ");
        whole = end + 4 + (length < end ? std::stoul(got.substr(length + 16)) : 0);
    }
    return true;
}

bool write_all(SSL* tls, std::string_view bytes)
{
    return SSL_write(tls, bytes.data(), static_cast<int>(bytes.size())) == static_cast<int>(bytes.size());
}

/// Chunks of an even size on their way, at a pace.
class chunks
{
public:
    chunks(SSL* tls, std::uint64_t rate) : tls_(tls), rate_(rate), begin_(std::chrono::steady_clock::now()) {}

    /// Sends what fills whole chunks, and keeps the rest.
    bool add(std::string_view bytes)
    {
        waiting_ += bytes;
        const auto size = rate_ > 0 ? paced_bytes : chunk_bytes;
        std::size_t at = 0;
        for (; waiting_.size() - at >= size; at += size)
            if (!send(std::string_view(waiting_).substr(at, size)))
                return false;
        waiting_.erase(0, at);
        return true;
    }

    bool finish() { return (waiting_.empty() || send(waiting_)) && write_all(tls_, "0\r\n\r\n"); }

    /// When the last byte of it was given away.
    double last() const { return last_; }

private:
    bool send(std::string_view payload)
    {
        std::array<char, 24> size;
        const int digits = std::snprintf(size.data(), size.size(), "%zx\r\n", payload.size());
        chunk_.assign(size.data(), static_cast<std::size_t>(digits)).append(payload).append("\r\n");
        last_ = monotonic_seconds();
        if (!write_all(tls_, chunk_))
            return false;
        sent_ += payload.size();
        if (rate_ > 0)
            std::this_thread::sleep_until(begin_ + std::chrono::microseconds(sent_ * 1'000'000 / rate_));
        return true;
    }

    SSL* tls_;
    std::uint64_t rate_;
    std::chrono::steady_clock::time_point begin_;
    std::uint64_t sent_ = 0;
    double last_ = 0;
    std::string waiting_;
    std::string chunk_;
};

}  // namespace

double monotonic_seconds()
{
    std::timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

page_server::page_server(const sandbox::server_identity& identity, std::shared_ptr<const block> hosts)
    : hosts_(std::move(hosts)),
      context_(SSL_CTX_new(TLS_server_method())),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
{
    must(SSL_CTX_use_certificate_chain_file(context_, identity.certificate.c_str()) == 1, "the certificate");
    must(SSL_CTX_use_PrivateKey_file(context_, identity.key.c_str(), SSL_FILETYPE_PEM) == 1, "the key");
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof here;
    auto* const address = reinterpret_cast<sockaddr*>(&here);
    must(::bind(listener_, address, size) == 0 && ::listen(listener_, 256) == 0, "listening");
    ::getsockname(listener_, address, &size);
    port_ = ntohs(here.sin_port);
}

page_server::~page_server()
{
    ::close(listener_);
    SSL_CTX_free(context_);
}

void page_server::behave(page_manners how)
{
    const std::lock_guard lock(mutex_);
    how_ = std::move(how);
    times_ = {};
}

page_times page_server::times() const
{
    const std::lock_guard lock(mutex_);
    return times_;
}

void page_server::run()
{
    for (;;)
    {
        const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (socket >= 0)
            std::thread([this, socket] { serve(socket); }).detach();
    }
}

void page_server::serve(int socket)
{
    const int yes = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    auto* const tls = SSL_new(context_);
    SSL_set_fd(tls, socket);
    if (SSL_accept(tls) == 1)
        while (take_request(tls) && answer(tls))
            continue;
    SSL_free(tls);
    ::close(socket);
}

bool page_server::answer(SSL* tls)
{
    page_manners how;
    {
        const std::lock_guard lock(mutex_);
        how = how_;
        if (times_.request == 0)
            times_.request = monotonic_seconds();
    }
    if (!write_all(tls, std::string(head) + (how.packed ? "Content-Encoding: gzip\r\n\r\n" : "\r\n")))
        return false;
    const double begin = monotonic_seconds();
    chunks out(tls, how.rate);
    bool good = true;
    if (how.packed)
        for (std::size_t at = 0; good && at < how.packed->size(); at += chunk_bytes)
            good = out.add(std::string_view(*how.packed).substr(at, chunk_bytes));
    else
    {
        page from(hosts_, how.bytes);
        for (std::string host; good && from.next(host);)
            good = out.add(host);
    }
    good = good && out.finish();
    const std::lock_guard lock(mutex_);
    times_.first_byte = times_.first_byte == 0 ? begin : times_.first_byte;
    times_.last_byte = out.last();
    return good;
}

std::string packed_page(page from)
{
    z_stream stream{};
    constexpr int gzip_window = 15 + 16;
    must(deflateInit2(&stream, 6, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) == Z_OK, "deflateInit2");
    std::string out;
    std::array<char, chunk_bytes> room;
    const auto pack = [&stream, &room, &out](std::string_view bytes, int flush)
    {
        stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
        stream.avail_in = static_cast<uInt>(bytes.size());
        do
        {
            stream.next_out = reinterpret_cast<Bytef*>(room.data());
            stream.avail_out = static_cast<uInt>(room.size());
            deflate(&stream, flush);
            out.append(room.data(), room.size() - stream.avail_out);
        } while (stream.avail_out == 0);
    };
    for (std::string part; from.next(part);)
        pack(part, Z_NO_FLUSH);
    pack({}, Z_FINISH);
    deflateEnd(&stream);
    return out;
}

}  // namespace qdc::bench
