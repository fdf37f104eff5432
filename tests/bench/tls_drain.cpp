#include "bench/tls_drain.hpp"

#include "net/tls_context.hpp"
#include "sandbox/pki.hpp"
#include "sandbox/tls_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include <array>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <thread>

#include <unistd.h>

namespace qdc::bench
{

namespace asio = boost::asio;
namespace fs = std::filesystem;
using asio::ip::tcp;

struct tls_drain::peer
{
    peer()
        : folder(fs::temp_directory_path() / ("qdc-drain-" + std::to_string(::getpid()))),
          certs(sandbox::ensure_certificates(folder, "ec")),
          tls(sandbox::make_server_context(certs.devo)),
          acceptor(io, {asio::ip::address_v4::loopback(), 0}),
          thread([this] { read_away(); })
    {
    }

    ~peer()
    {
        thread.join();
        fs::remove_all(folder);
    }

    void read_away()
    {
        asio::ssl::stream<tcp::socket> stream(acceptor.accept(), tls);
        boost::system::error_code error;
        stream.handshake(asio::ssl::stream_base::server, error);
        std::array<char, 64 * 1024> room;
        while (!error)
            stream.read_some(asio::buffer(room), error);
    }

    fs::path folder;
    sandbox::certificates certs;
    asio::ssl::context tls;
    asio::io_context io{1};
    tcp::acceptor acceptor;
    std::thread thread;
};

tls_drain::tls_drain() : peer_(std::make_unique<peer>())
{
    const auto certs = peer_->folder / "certs";
    net::tls_options options;
    options.ca_file = certs / "chain.crt";
    options.certificate = certs / "domain.crt";
    options.key = certs / "domain.key";
    auto context = net::tls_context::make(options);
    if (!context)
        throw std::runtime_error("no TLS: " + context.error());
    const net::peer to{"localhost", std::to_string(peer_->acceptor.local_endpoint().port())};
    auto dialled = net::dial(to, std::nullopt, std::move(*context), net::connection::forever);
    auto answer = asio::co_spawn(io_, std::move(dialled), asio::use_future);
    io_.run();
    auto made = answer.get();
    if (!made)
        throw std::runtime_error("no connection: " + made.error().message());
    ours_ = std::move(*made);
}

tls_drain::~tls_drain()
{
    ours_.reset();
}

bool tls_drain::write(std::string_view bytes)
{
    io_.restart();
    auto task = ours_->write(std::span(bytes.data(), bytes.size()), net::connection::forever);
    auto done = asio::co_spawn(io_, std::move(task), asio::use_future);
    io_.run();
    return !done.get();
}

}  // namespace qdc::bench
