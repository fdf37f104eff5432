#pragma once

#include "decode/scan_rows.hpp"
#include "services/scan_plan.hpp"
#include "services/text_answer.hpp"

namespace qdc::services
{

/// Turns the results of one scan into events, one for each finding.
///
/// A scan that was interrupted is fetched from its beginning. The rows that were handed out are left out as long as
/// they are the same: their number and chained fingerprint have to match. If they do not, nothing of this answer is
/// handed out, diverged() says so, and the scan has to be fetched again as if for the first time. So no list of rows is
/// held, however many there are.
class scan_answer final : public text_answer
{
public:
    /// `handed_out` is brought up to date row by row. All but `reference` outlive the answer.
    /// `seed`: where the chain of fingerprints begins.
    scan_answer(
        std::string_view reference,
        devo::event_writer& events,
        handed_rows& handed_out,
        tally& counts,
        std::uint64_t seed
    );

    /// The rows are not those that were handed out before; valid at the end.
    bool diverged() const noexcept { return diverged_; }

    /// Characters that had to be replaced by U+FFFD.
    std::uint64_t replaced() const noexcept { return rows_.replaced(); }

    /// Elements of the answer's array that are not documented; they give no event.
    std::uint64_t unknown() const noexcept { return rows_.unknown(); }

    /// Values that were too long and were cut.
    std::uint64_t cut() const noexcept { return rows_.cut(); }

protected:
    result<decode::progress> read(std::string_view& bytes) override;
    result<decode::progress> read_end() override;
    std::string place() const override;

    std::string stopper() const override { return rows_.excerpt(); }

private:
    void take_rows();
    /// Compares a row with those that were handed out.
    void repeat(std::string_view row);

    decode::scan_rows rows_;
    devo::event_writer& events_;
    handed_rows& handed_out_;
    tally& counts_;
    handed_rows repeated_;  ///< rows of this answer, as long as they are fewer than were handed out
    bool diverged_{false};
    std::uint64_t dropped_counted_{0};  ///< dropped members that are in the tally already
};

}  // namespace qdc::services
