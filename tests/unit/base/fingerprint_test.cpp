#include "base/fingerprint.hpp"

#include <doctest/doctest.h>

using qdc::fingerprint;

TEST_CASE("fingerprint: it is stable over versions, because checkpoints keep it")
{
    // XXH3-64 of nothing, from xxHash's own specification.
    CHECK(fingerprint("") == 0x2D06800538D394C2u);
    CHECK(fingerprint("a host") == fingerprint("a host"));
}

TEST_CASE("fingerprint: another text or another chain gives another one")
{
    CHECK(fingerprint("a") != fingerprint("b"));
    CHECK(fingerprint("a", 1) != fingerprint("a", 2));
    CHECK(fingerprint("b", fingerprint("a")) != fingerprint("a", fingerprint("b")));
}
