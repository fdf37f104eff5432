#pragma once

#include "ports/http_stream.hpp"

#include <algorithm>
#include <cstring>
#include <deque>
#include <vector>

namespace qdc::test
{

/// Replays a status and a body cut in given pieces; records what was asked.
class scripted_http final : public http_stream
{
public:
    unsigned status = 200;
    std::deque<std::string> pieces;
    error_code fail_with;  ///< returned once the pieces are used up
    std::vector<std::string> targets;

    boost::asio::awaitable<result<unsigned>> open(http_request request) override
    {
        targets.push_back(request.target);
        co_return status;
    }

    boost::asio::awaitable<result<std::size_t>> read_some(std::span<char> into) override
    {
        if (pieces.empty())
        {
            if (fail_with)
                co_return fail_with;
            co_return std::size_t{0};
        }
        auto& piece = pieces.front();
        const auto n = std::min(piece.size(), into.size());
        std::memcpy(into.data(), piece.data(), n);
        piece.erase(0, n);
        if (piece.empty())
            pieces.pop_front();
        co_return n;
    }
};

}  // namespace qdc::test
