#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <string_view>

namespace qdc::sandbox
{

/// What a number is drawn for: two subjects never share a sequence.
enum class topic : std::uint64_t
{
    pool = 1,
    host,
    host_text,
    detection,
    detection_change,
    results,
    scan,
    finding,
    activity,
    noise,
    entry,
    vanishing,
};

/// A small deterministic generator (splitmix64). The same seed, topic and indices give the same numbers on every
/// machine, so nothing of the played data has to be stored.
class dice
{
public:
    constexpr dice(std::uint64_t seed, topic subject, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0)
        : state_(mix(mix(mix(mix(seed ^ mix(static_cast<std::uint64_t>(subject))) ^ a) ^ b) ^ c))
    {
    }

    constexpr std::uint64_t roll() noexcept
    {
        state_ += golden;
        return mix(state_);
    }

    /// Uniform in [0, limit); 0 when `limit` is 0.
    constexpr std::uint64_t below(std::uint64_t limit) noexcept { return limit == 0 ? 0 : roll() % limit; }

    /// Uniform in [low, high].
    constexpr std::uint64_t between(std::uint64_t low, std::uint64_t high) noexcept
    {
        return high <= low ? low : low + below(high - low + 1);
    }

    constexpr bool one_in(std::uint64_t n) noexcept { return below(n) == 0; }

    /// Uniform on a logarithmic scale in [low, high]: as many small sizes as big ones.
    std::uint64_t log_between(std::uint64_t low, std::uint64_t high) noexcept
    {
        const double unit = static_cast<double>(roll() >> 11) * 0x1.0p-53;
        if (high <= low)
            return low;
        const double least = std::log(static_cast<double>(low) + 1);
        const double most = std::log(static_cast<double>(high) + 1);
        const auto size = static_cast<std::uint64_t>(std::exp(least + unit * (most - least))) - 1;
        return size < low ? low : size > high ? high : size;
    }

    template <class T, std::size_t N>
    constexpr const T& pick(const std::array<T, N>& choices) noexcept
    {
        return choices[below(N)];
    }

private:
    static constexpr std::uint64_t golden = 0x9e3779b97f4a7c15;

    static constexpr std::uint64_t mix(std::uint64_t z) noexcept
    {
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    std::uint64_t state_;
};

}  // namespace qdc::sandbox
