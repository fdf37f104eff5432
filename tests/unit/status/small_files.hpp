#pragma once

#include <doctest/doctest.h>

#include <csignal>

#include <sys/resource.h>

namespace qdc::test
{

/// While it lives, no file of this process grows beyond `bytes`: how a full disk is played without a disk.
class small_files
{
public:
    explicit small_files(rlim_t bytes) : before_(std::signal(SIGXFSZ, SIG_IGN))
    {
        REQUIRE(::getrlimit(RLIMIT_FSIZE, &limit_) == 0);
        const rlimit small{bytes, limit_.rlim_max};
        REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    }

    ~small_files()
    {
        lift();
        std::signal(SIGXFSZ, before_);
    }

    small_files(const small_files&) = delete;
    small_files& operator=(const small_files&) = delete;

    void lift() const { ::setrlimit(RLIMIT_FSIZE, &limit_); }

private:
    void (*before_)(int);
    rlimit limit_{};
};

}  // namespace qdc::test
