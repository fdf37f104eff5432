#include "collect/watched_source.hpp"

#include "base/count_of.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <list>
#include <utility>

namespace qdc::collect
{

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace
{

/// A wait that is shorter is how things go.
constexpr auto noticeable = 5s;

class watched_source final : public http_stream
{
public:
    watched_source(source_maker make, service_report& report, const time_source& time)
        : make_(std::move(make)),
          report_(report),
          time_(time)
    {
    }

    ~watched_source() override { end_call(); }

    watched_source(const watched_source&) = delete;
    watched_source& operator=(const watched_source&) = delete;

    asio::awaitable<result<http_head>> open(http_request request) override
    {
        // A new call has its own place in the report, from the request to the end of the body.
        end_call();
        own_ = report_.calls.insert(report_.calls.end(), {call_wait::first_byte, time_.now(), &source()});
        auto head = co_await source().open(std::move(request));
        // The header came: until more bytes are asked for, it is the outputs that are waited for.
        if (head)
            enter(call_wait::outputs);
        else
            end_call();
        co_return head;
    }

    asio::awaitable<result<std::size_t>> read_some(std::span<char> into) override
    {
        enter(call_wait::next_byte);
        const auto size = co_await source().read_some(into);
        // Bytes came. At the end of the body, and at a failure, the call is over.
        if (size && *size != 0)
            enter(call_wait::outputs);
        else
            end_call();
        co_return size;
    }

    bool has_more() const override { return source().has_more(); }

    void close() override
    {
        end_call();
        if (source_)
            source_->close();
    }

    call_stage stage() const override { return source().stage(); }

    std::string endpoint() const override { return source().endpoint(); }

private:
    http_stream& source() const
    {
        if (!source_)
            source_ = make_();
        return *source_;
    }

    bool is_calling() const { return own_ != report_.calls.end(); }

    void enter(call_wait next)
    {
        // Behind the end of a body there is nothing to show.
        if (!is_calling())
            return;
        const auto now = time_.now();
        if (next == call_wait::outputs)
            report_.moved = now;  // bytes came
        // Each change of what is waited for begins a new wait.
        own_->waits_for = next;
        own_->since = now;
    }

    void end_call()
    {
        if (is_calling())
            report_.calls.erase(std::exchange(own_, report_.calls.end()));
    }

    source_maker make_;
    mutable std::unique_ptr<http_stream> source_;  ///< nullptr before the first call
    service_report& report_;
    const time_source& time_;
    std::list<call_report>::iterator own_{report_.calls.end()};  ///< the end: no call is under way
};

/// ", for 75 s"; nothing while it is not worth a word.
std::string for_how_long(time_source::duration span)
{
    return span < noticeable
               ? ""
               : fmt::format(", for {} s", std::chrono::duration_cast<std::chrono::seconds>(span).count());
}

std::string waits_for_disk(const service_report& report)
{
    return "waits for the disk: the checkpoint cannot be saved (" + report.save_failure + ')';
}

std::string waits_for_devo(const service_report& report, time_source::time_point now)
{
    return "waits for Devo to confirm " + count_of(report.unconfirmed_events, "event") +
           for_how_long(now - report.moved);
}

/// Whether the request is not out yet: the name is looked up, or a connection made.
bool is_connecting(const call_report& call)
{
    return call.source != nullptr && call.source->stage() <= call_stage::sending;
}

}  // namespace

std::unique_ptr<http_stream> watch(source_maker make, service_report& report, const time_source& time)
{
    return std::make_unique<watched_source>(std::move(make), report, time);
}

std::string pulling_text(const service_report& report, time_source::time_point now)
{
    // Without a call under way only the end of the cycle can be waited for: the disk, or Devo.
    if (report.calls.empty())
    {
        if (!report.save_failure.empty())
            return waits_for_disk(report);
        if (report.unconfirmed_events != 0)
            return waits_for_devo(report, now);
        // Its own events are confirmed. What was sent before them, by others too, may not be, or the disk is slow.
        const auto waited = for_how_long(now - report.moved);
        return waited.empty() ? waited : "waits for Devo, or for the disk, at the end of its cycle" + waited;
    }
    // Of several calls the one that has waited longest says most.
    const auto& call = *std::ranges::min_element(report.calls, {}, &call_report::since);
    const auto span = now - call.since;
    switch (call.waits_for)
    {
        case call_wait::first_byte:
            if (is_connecting(call) && span >= noticeable)
                return "waits for a connection to Qualys" + for_how_long(span);
            return span < noticeable ? "asks Qualys"
                                     : "waits for the first byte of Qualys' answer" + for_how_long(span);
        case call_wait::next_byte:
            return span < noticeable ? "reads Qualys' answer"
                                     : "waits for the next byte of Qualys' answer" + for_how_long(span);
        case call_wait::outputs:
            break;
    }
    // The reader has not come back for more bytes: it waits for room, because of the disk or because of Devo.
    if (span < noticeable)
        return "reads Qualys' answer";
    if (!report.save_failure.empty())
        return waits_for_disk(report);
    return fmt::format(
        "waits until Devo takes more: {} not confirmed{}",
        count_of(report.unconfirmed_events, "event") + (report.unconfirmed_events == 1 ? " is" : " are"),
        for_how_long(span)
    );
}

}  // namespace qdc::collect
