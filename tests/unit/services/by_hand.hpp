#pragma once

#include "services/service.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qdc::services::test
{

/// Drives a service as collect/ does, without anything around it.
class by_hand
{
public:
    explicit by_hand(std::unique_ptr<service> driven, std::size_t piece = std::string::npos)
        : driven_(std::move(driven)),
          piece_(piece)
    {
        driven_->events().without_frames();
    }

    service& operator*() { return *driven_; }

    service* operator->() { return driven_.get(); }

    /// The call that comes next; a test without one fails.
    qualys::call asked()
    {
        auto call = driven_->next_call();
        REQUIRE(call);
        return *std::move(call);
    }

    /// Gives the answer to the call that was asked for. What went wrong, if anything.
    error_code answer(std::string_view body)
    {
        REQUIRE(driven_->next_call());
        auto& reader = driven_->open_answer();
        auto failure = feed(reader, body);
        if (!failure)
            failure = take_from(reader, {});
        refused_ = reader.refused();
        fault_ = reader.fault();
        if (failure)
            driven_->drop_answer();
        else
            failure = driven_->close_answer();
        return failure;
    }

    /// Gives the beginning of an answer; then the connection ends.
    void cut(std::string_view beginning)
    {
        REQUIRE(driven_->next_call());
        auto& reader = driven_->open_answer();
        CHECK_FALSE(feed(reader, beginning));
        driven_->drop_answer();
    }

    /// The events since the last time, without what is injected into each of them.
    std::vector<std::string> events()
    {
        gather();
        return std::exchange(events_, {});
    }

    const qualys::refusal& refused() const { return refused_; }

    const std::string& fault() const { return fault_; }

    /// The states that were there for saving while answers were read, each with the number of events before it.
    const std::vector<std::pair<std::size_t, std::string>>& states() const { return states_; }

private:
    error_code feed(answer_reader& reader, std::string_view body)
    {
        error_code failure;
        while (!body.empty() && !failure)
        {
            auto piece = body.substr(0, piece_);
            body.remove_prefix(piece.size());
            failure = take_from(reader, piece);
        }
        return failure;
    }

    /// An empty piece is the end, as for collect/.
    error_code take_from(answer_reader& reader, std::string_view piece)
    {
        const bool end = piece.empty();
        for (;;)
        {
            const auto parsed = end ? reader.finish() : reader.feed(piece);
            gather();
            if (!parsed)
                return parsed.error();
            if (*parsed == decode::progress::hungry)
                return {};
        }
    }

    void gather()
    {
        const auto text = driven_->events().take();
        for (std::string_view rest = text; !rest.empty();)
        {
            const auto line = rest.substr(0, rest.find('\n'));
            rest.remove_prefix(line.size() + 1);
            const auto injected = line.find(",\"@devo_pulling_id\"");
            REQUIRE(injected != std::string_view::npos);
            events_.push_back(std::string(line.substr(0, injected)) + '}');
            ++handed_out_;
        }
        if (!text.empty())
            states_.emplace_back(handed_out_, driven_->state());
    }

    std::unique_ptr<service> driven_;
    std::size_t piece_;
    std::vector<std::string> events_;
    std::size_t handed_out_{0};
    std::vector<std::pair<std::size_t, std::string>> states_;
    qualys::refusal refused_;
    std::string fault_;
};

using strings = std::vector<std::string>;

inline std::string parameter(const qualys::call& call, std::string_view name)
{
    const auto found = call.form.find(name);
    return found == call.form.end() ? "-" : found->second;
}

inline utc_time at(std::string_view text)
{
    return parse_utc(text).value();
}

/// What errors look like, whatever was asked for.
inline std::string refusal_body(int code, std::string_view text)
{
    return "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<!DOCTYPE SIMPLE_RETURN SYSTEM "
           "\"https://qualys.example/api/2.0/"
           "simple_return.dtd\">\n<SIMPLE_RETURN><RESPONSE><DATETIME>2026-11-22T10:00:00Z"
           "</DATETIME><CODE>" +
           std::to_string(code) + "</CODE><TEXT>" + std::string(text) + "</TEXT></RESPONSE></SIMPLE_RETURN>\n";
}

}  // namespace qdc::services::test
