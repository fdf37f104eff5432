#pragma once

#include "ports/http_stream.hpp"

#include <algorithm>
#include <cstring>
#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace qdc::test
{

/// One answer of the script.
struct scripted_answer
{
    unsigned status{200};
    std::vector<std::pair<std::string, std::string>> fields;
    std::deque<std::string> pieces;            ///< the body, as the reads see it
    error_code failure;                        ///< comes when the pieces are used up, instead of the end
    error_code unreachable;                    ///< open() fails
    call_stage stage{call_stage::first_byte};  ///< there
    bool at_hand{false};  ///< all pieces have arrived already; otherwise each read waits for its own
};

/// An answer whose body comes in one piece.
inline scripted_answer answer(std::string body, unsigned status = 200)
{
    scripted_answer out;
    out.status = status;
    if (!body.empty())
        out.pieces.push_back(std::move(body));
    return out;
}

/// The same, cut by `failure` after its first `bytes` bytes.
inline scripted_answer cut_answer(std::string_view body, std::size_t bytes, error_code failure)
{
    auto out = answer(std::string(body.substr(0, bytes)));
    out.failure = failure;
    return out;
}

/// Replays answers in their order and records what was asked. When the script is over, nothing can be reached any more.
class scripted_http final : public http_stream
{
public:
    std::deque<scripted_answer> answers;
    std::vector<http_request> requests;
    int closed{0};

    boost::asio::awaitable<result<http_head>> open(http_request request) override
    {
        requests.push_back(std::move(request));
        current_ = {};
        stage_ = call_stage::connect;
        if (answers.empty())
            co_return make_error_code(boost::system::errc::connection_refused);
        current_ = std::move(answers.front());
        answers.pop_front();
        stage_ = current_.stage;
        if (current_.unreachable)
            co_return current_.unreachable;
        stage_ = call_stage::body;
        http_head head{current_.status, current_.fields};
        co_return head;
    }

    boost::asio::awaitable<result<std::size_t>> read_some(std::span<char> into) override
    {
        if (current_.pieces.empty())
        {
            if (current_.failure)
                co_return current_.failure;
            co_return std::size_t{0};
        }
        auto& piece = current_.pieces.front();
        const auto size = std::min(piece.size(), into.size());
        std::memcpy(into.data(), piece.data(), size);
        piece.erase(0, size);
        if (piece.empty())
            current_.pieces.pop_front();
        co_return size;
    }

    bool has_more() const override { return current_.at_hand && !current_.pieces.empty(); }

    void close() override { ++closed; }

    call_stage stage() const override { return stage_; }

    std::string endpoint() const override { return "qualys.example:443"; }

private:
    scripted_answer current_;
    call_stage stage_{call_stage::look_up};
};

}  // namespace qdc::test
