#pragma once

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace qdc::test
{

/// A pipe, or a pair of sockets, whose writing end plays standard error. The reading end does not wait.
class pipe_pair
{
public:
    enum class kind
    {
        pipe,
        socket,
    };

    explicit pipe_pair(kind which = kind::pipe)
    {
        if (which == kind::pipe)
            REQUIRE(::pipe2(ends_.data(), O_CLOEXEC) == 0);
        else
            REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_.data()) == 0);
        REQUIRE(::fcntl(ends_[0], F_SETFL, O_NONBLOCK) == 0);
    }

    ~pipe_pair()
    {
        close_reader();
        ::close(ends_[1]);
    }

    pipe_pair(const pipe_pair&) = delete;
    pipe_pair& operator=(const pipe_pair&) = delete;

    int writer() const noexcept { return ends_[1]; }

    void close_reader()
    {
        if (ends_[0] >= 0)
            ::close(std::exchange(ends_[0], -1));
    }

    /// What has been written so far.
    std::string read_all() const
    {
        std::string out;
        std::array<char, 4096> piece{};
        for (;;)
        {
            const auto got = ::read(ends_[0], piece.data(), piece.size());
            if (got <= 0)
                return out;
            out.append(piece.data(), static_cast<std::size_t>(got));
        }
    }

private:
    std::array<int, 2> ends_{-1, -1};
};

}  // namespace qdc::test
