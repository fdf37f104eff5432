#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace qdc::fuzz
{

/// What a fuzzer gives: the first byte picks the size of the chunks, the rest is the input.
struct input
{
    input(const std::uint8_t* data, std::size_t size)
    {
        if (size == 0)
            return;
        chunk = std::size_t{1} + data[0];
        whole = {reinterpret_cast<const char*>(data) + 1, size - 1};
    }

    std::vector<std::string_view> pieces() const
    {
        std::vector<std::string_view> out;
        for (std::size_t at = 0; at < whole.size(); at += chunk)
            out.push_back(whole.substr(at, chunk));
        return out;
    }

    std::size_t chunk{1};
    std::string_view whole;
};

/// Unlike assert(), also in a release build.
inline void require(bool holds)
{
    if (!holds)
        std::abort();
}

}  // namespace qdc::fuzz
