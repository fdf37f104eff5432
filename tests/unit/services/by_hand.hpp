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
    }

    service& operator*() { return *driven_; }

    service* operator->() { return driven_.get(); }

    /// Takes the service's next exchange, if it has one.
    exchange* take_next()
    {
        current_.reset();  // one at a time: what it did not get is asked for again
        current_ = driven_->next();
        if (current_)
            current_->events().without_frames();
        return current_.get();
    }

    exchange* current() { return current_.get(); }

    /// Whether the cycle has no further call.
    bool is_over()
    {
        const bool over = take_next() == nullptr;
        CHECK(over == driven_->is_complete());
        return over;
    }

    /// The call that comes next; a test without one fails.
    qualys::call asked()
    {
        REQUIRE(take_next() != nullptr);
        return current_->call();
    }

    /// The call that was asked for fails.
    what_next fail(const call_failure& failure)
    {
        const auto next = current_->failed(failure);
        current_.reset();
        return next;
    }

    /// The call that was asked for fails until a record is suspected, and another call works.
    what_next fail_alone()
    {
        auto next = what_next::again;
        while (next == what_next::again)
            next = current_->failed({});
        REQUIRE(next == what_next::suspect);
        next = current_->leave_out({});
        current_.reset();
        return next;
    }

    /// Gives the answer to the call that was asked for. What went wrong, if anything.
    error_code answer(std::string_view body)
    {
        REQUIRE(take_next() != nullptr);
        auto& reader = current_->reader();
        auto failure = feed(reader, body);
        if (!failure)
            failure = take_from(reader, {});
        refused_ = reader.refused();
        fault_ = reader.fault();
        if (!failure)
            failure = current_->done();
        if (failure)
            current_->failed({});
        current_.reset();
        return failure;
    }

    /// Gives the beginning of an answer; then the connection ends.
    void cut(std::string_view beginning)
    {
        REQUIRE(take_next() != nullptr);
        CHECK_FALSE(feed(current_->reader(), beginning));
        fail({});
    }

    /// The events since the last time, without what is injected into each of them.
    std::vector<std::string> events() { return std::exchange(events_, {}); }

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
        const auto text = current_->events().take();
        for (std::string_view rest = text; !rest.empty();)
        {
            const auto line = rest.substr(0, rest.find('\n'));
            rest.remove_prefix(line.size() + 1);
            const auto injected = line.find(",\"@devo_pulling_id\"");
            REQUIRE(injected != std::string_view::npos);
            events_.push_back(std::string(line.substr(0, injected)) + '}');
            ++handed_out_;
        }
        current_->taken();
        if (!text.empty())
            states_.emplace_back(handed_out_, driven_->state());
    }

    std::unique_ptr<service> driven_;
    std::size_t piece_;
    std::unique_ptr<exchange> current_;
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
