#pragma once

#include "base/error.hpp"
#include "base/utc.hpp"
#include "decode/progress.hpp"
#include "devo/event_writer.hpp"
#include "qualys/endpoint.hpp"
#include "qualys/refusal.hpp"
#include "services/extra_parameters.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace qdc::services
{

/// Reads one answer, whatever it is. Lives as long as the attempt for which it was made.
class answer_reader
{
public:
    virtual ~answer_reader() = default;

    /// Takes bytes from the front of `bytes`. After `paused` the finished events have to be taken before more is fed.
    virtual result<decode::progress> feed(std::string_view& bytes) = 0;

    /// The body is complete. Call again after `paused`. Errors: errc::refused and the decoders' own.
    virtual result<decode::progress> finish() = 0;

    /// Records that came complete. Nothing: the reader does not count, and how long the next one takes does not matter.
    virtual std::optional<std::uint64_t> records() const { return std::nullopt; }

    /// When Qualys made the answer, as far as it has said so itself.
    virtual std::optional<utc_time> dated() const { return std::nullopt; }

    /// With errc::refused: what was said; its HTTP status is left to the caller.
    virtual const qualys::refusal& refused() const = 0;

    /// With any other error: where and why, for people: "line 7, column 3: not well-formed". It quotes no value of the
    /// answer.
    virtual std::string fault() const = 0;

    /// What stands at that place, as decode::excerpt_around() shows it; empty: nothing is known. It may hold what obfuscation
    /// has to hide.
    virtual std::string excerpt() const { return {}; }
};

/// Why a call failed, as far as the service that wanted it decides by it.
struct call_failure
{
    bool record{false};     ///< one record cannot be read, whatever else is asked for with it
    bool elsewhere{false};  ///< the way to Qualys is at fault, a limit or maintenance: nothing that was asked for is
    bool smaller{false};    ///< asking for less may help
    bool lasting{false};    ///< asking again now would give the same
    /// One word, "timeout". It is saved with a record in quarantine, so it must not quote an answer.
    std::string reason{};
    utc_time now{};
};

/// What the service wants to be done about a failed call.
enum class what_next
{
    again,      ///< call() once more, after a pause; it begins behind the last complete record
    smaller,    ///< the same, but call() asks for less now: a new question, which need not wait long
    suspect,    ///< one record seems to be at fault: if another call works meanwhile, leave_out() follows, else `again`
    over,       ///< nothing is left to ask for, or the cycle can do without it: this exchange is over
    left_out,   ///< a record is in quarantine; this exchange is over, the service's next one goes on without it
    stays_out,  ///< a record that was tried alone stays in quarantine; this exchange is over
    instead,    ///< this exchange is over: the service goes on without what it was for, or another way
    give_up,    ///< the cycle cannot go on
};

/// One call of a service and what becomes of it. Several of one service may be alive at once, and each gathers its own
/// events. It must not outlive its service.
///
/// ```
///  next() ─▶ call() ─▶ reader(): feed … events().take() ─▶ outbox ─▶ taken() … finish ─▶ done() ─▶ over
///               ▲                                                          └─▶ failed() ─▶ again, smaller
///               └──────────────────────────────────────────────────────────────────┘   └─▶ anything else: over
/// ```
///
/// Whoever destroys one that is not over gives its call back: the service's next() will want it again, behind what was
/// taken.
class exchange
{
public:
    virtual ~exchange() = default;

    exchange() = default;
    exchange(const exchange&) = delete;
    exchange& operator=(const exchange&) = delete;

    virtual const qualys::call& call() const = 0;

    /// The answer begins, and by Qualys' own clock it is `source_now`: what it holds is complete up to then at most. Comes
    /// before any event of the answer is taken, or not at all.
    virtual void dated(utc_time source_now) { static_cast<void>(source_now); }

    /// The reader for the answer to that call; a new one for each attempt.
    virtual answer_reader& reader() = 0;

    /// Where the events of this exchange gather.
    virtual devo::event_writer& events() = 0;

    /// All events that were gathered so far are in the outbox: the service's cursor moves behind them. Until then no
    /// state() of the service counts them.
    virtual void taken() = 0;

    /// Something besides events waits to be taken, so much that it should not wait for the next event.
    virtual bool wants_taking() const { return false; }

    /// The answer was read to its end, and its events were taken. With an error (errc::cursor_stands_still) the call
    /// counts as failed.
    virtual error_code done() = 0;

    /// The call failed, before or while its answer was read, and what was complete in that was taken.
    virtual what_next failed(const call_failure& failure) = 0;

    /// After `suspect`: another call worked, so the record is left out. When too many in a row fail for that to be
    /// believed: `again`, or `give_up`.
    virtual what_next leave_out(const call_failure& failure)
    {
        return failure.lasting ? what_next::give_up : what_next::again;
    }

    /// The call asks for one record alone: a refusal of it may be that record's.
    virtual bool is_of_one_record() const { return false; }

    /// The cycle can do without it: a refusal of it ends nothing.
    virtual bool is_optional() const { return false; }

    /// Where it is, for people: "host 1234". Empty: where the service is.
    virtual std::string position() const { return {}; }

    /// The parameters unknown to us that its call carries, or nullptr: one that Qualys does not know either is left
    /// out.
    virtual extra_parameters* extra() { return nullptr; }

    /// A number that changes when an attempt got further than the one before.
    virtual std::uint64_t progress() const = 0;
};

}  // namespace qdc::services
