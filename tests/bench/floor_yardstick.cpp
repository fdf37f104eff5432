// The floor: the collector's work in one blocking, straight line, and nothing else. HTTPS in, chunks (and gzip) undone,
// Expat, JSON as the page of host list detection needs it, mutual TLS out. No retry, no checkpoint, no window, no check
// of the data: what is left is what this design costs at least.
//
//   floor_yardstick QUALYS_PORT DEVO_PORT CERTS GZIP SEND_BYTES
//
// SEND_BYTES: how much is gathered for one send(); 16384 sends each TLS record by itself.

#include "bench/floor_lines.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

namespace
{

using qdc::bench::floor_lines;
using qdc::bench::piece_bytes;

[[noreturn]] void die(const char* what)
{
    std::perror(what);
    std::exit(1);
}

/// A blocking TLS 1.3 connection to localhost.
class peer
{
public:
    peer(SSL_CTX* context, const char* port)
    {
        socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(static_cast<std::uint16_t>(std::atoi(port)));
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0)
            die("connect");
        const int yes = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        tls_ = SSL_new(context);
        SSL_set_fd(tls_, socket_);
        SSL_set_tlsext_host_name(tls_, "localhost");
        SSL_set1_host(tls_, "localhost");
        if (SSL_connect(tls_) != 1)
            die("TLS handshake");
    }

    /// Gathers records until `bytes` of them go out in one send(). After the handshake only.
    void gather(std::size_t bytes)
    {
        auto* const gathering = BIO_new(BIO_f_buffer());
        BIO_set_write_buffer_size(gathering, static_cast<long>(bytes));
        BIO_push(gathering, BIO_new_socket(socket_, BIO_NOCLOSE));
        SSL_set0_wbio(tls_, gathering);
    }

    std::size_t read(char* into, std::size_t most)
    {
        const int size = SSL_read(tls_, into, static_cast<int>(most));
        return size > 0 ? static_cast<std::size_t>(size) : 0;
    }

    void write(std::string_view bytes)
    {
        if (SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size())) <= 0)
            die("TLS write");
    }

    /// Nothing more is to be read at the moment.
    bool is_idle()
    {
        pollfd readable{.fd = socket_, .events = POLLIN, .revents = 0};
        return SSL_has_pending(tls_) == 0 && ::poll(&readable, 1, 0) == 0;
    }

    void flush() { [[maybe_unused]] const auto flushed = BIO_flush(SSL_get_wbio(tls_)); }

    /// close_notify, TCP's FIN, and the wait for the peer's.
    void end()
    {
        SSL_shutdown(tls_);
        flush();
        ::shutdown(socket_, SHUT_WR);
        for (char rest = 0; read(&rest, 1) > 0;)
            continue;
    }

private:
    int socket_;
    SSL* tls_;
};

SSL_CTX* make_context(const std::string& authority, const std::string& pair)
{
    auto* const context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256");
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_default_read_buffer_len(context, 64 * 1024);
    bool good = SSL_CTX_load_verify_file(context, authority.c_str()) == 1;
    if (!pair.empty())
        good = good && SSL_CTX_use_certificate_chain_file(context, (pair + ".crt").c_str()) == 1 &&
               SSL_CTX_use_PrivateKey_file(context, (pair + ".key").c_str(), SSL_FILETYPE_PEM) == 1;
    if (!good)
        die("certificates");
    return context;
}

/// What came in one chunk after the other, as one body.
class body
{
public:
    body(floor_lines& to, bool gzip) : to_(to), gzip_(gzip)
    {
        if (gzip_ && ::inflateInit2(&stream_, 15 + 16) != Z_OK)
            die("zlib");
    }

    /// False: that was the last chunk.
    bool add(const char* at, std::size_t size)
    {
        for (const char* const end = at + size; at != end;)
        {
            if (left_ > 0)
            {
                const auto now = std::min(left_, static_cast<std::size_t>(end - at));
                plain(at, now);
                at += now;
                left_ -= now;
                continue;
            }
            const char c = *at++;
            line_ += c;
            if (c != '\n' || line_ == "\r\n")
            {
                if (c == '\n')
                    line_.clear();
                continue;
            }
            left_ = std::strtoul(line_.c_str(), nullptr, 16);
            line_.clear();
            if (left_ == 0)
                return false;
        }
        return true;
    }

private:
    void plain(const char* bytes, std::size_t size)
    {
        if (!gzip_)
            return to_.feed(bytes, size);
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes));
        stream_.avail_in = static_cast<uInt>(size);
        do
        {
            stream_.next_out = reinterpret_cast<Bytef*>(room_.data());
            stream_.avail_out = static_cast<uInt>(room_.size());
            if (::inflate(&stream_, Z_NO_FLUSH) < 0)
                break;
            to_.feed(room_.data(), room_.size() - stream_.avail_out);
        } while (stream_.avail_out == 0);
    }

    floor_lines& to_;
    bool gzip_;
    z_stream stream_{};
    std::array<char, piece_bytes> room_;
    std::string line_;
    std::size_t left_ = 0;
};

}  // namespace

int main(int argc, char** argv)
{
    if (argc < 6)
    {
        std::fputs("usage: floor_yardstick QUALYS_PORT DEVO_PORT CERTS GZIP SEND_BYTES\n", stderr);
        return 2;
    }
    const std::string certs = argv[3];
    peer qualys(make_context(certs + "/qualys-ca.crt", ""), argv[1]);
    peer devo(make_context(certs + "/chain.crt", certs + "/domain"), argv[2]);
    const auto send_bytes = std::strtoul(argv[5], nullptr, 10);
    if (send_bytes > piece_bytes)
        devo.gather(send_bytes);
    const bool gzip = std::strcmp(argv[4], "1") == 0;
    qualys.write("GET /api/5.0/fo/asset/host/vm/detection/?action=list HTTP/1.1\r\nHost: "
                 "localhost\r\nX-Requested-With: floor\r\n\r\n");
    floor_lines out([&devo](std::string_view bytes) { devo.write(bytes); });
    body in(out, gzip);
    std::array<char, piece_bytes> piece;
    std::string head;
    bool in_body = false;
    for (bool more = true; more;)
    {
        const auto size = qualys.read(piece.data(), piece.size());
        if (size == 0)
            die("the page was cut");
        if (in_body)
        {
            more = in.add(piece.data(), size);
            if (size < piece.size() && qualys.is_idle())
            {
                out.flush();
                devo.flush();
            }
            continue;
        }
        head.append(piece.data(), size);
        const auto end = head.find("\r\n\r\n");
        in_body = end != std::string::npos;
        if (in_body)
            more = in.add(head.data() + end + 4, head.size() - end - 4);
    }
    out.flush();
    devo.end();
}
