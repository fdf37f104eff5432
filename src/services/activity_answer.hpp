#pragma once

#include "decode/activity_rows.hpp"
#include "services/activity_window.hpp"
#include "services/text_answer.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qdc::services
{

/// Turns the rows of one page of the activity log into events: the names of the columns are the keys, in their order,
/// and every value is a string.
class activity_answer final : public text_answer
{
public:
    /// Rows of `own_user` are left out; empty: none are. Everything referred to outlives the answer.
    activity_answer(std::string_view own_user, devo::event_writer& events, activity_window& window, tally& counts);

    /// What was said at the end; its `url` is that of the next page, and empty on the last one.
    const std::optional<decode::activity_footer>& footer() const noexcept { return footer_; }

    /// The rows that could not be read, since the last call. `beginning` may hold anything that the log holds.
    std::vector<decode::unread_row> take_unread() { return std::exchange(unread_, {}); }

    /// Characters that had to be replaced by U+FFFD.
    std::uint64_t replaced() const noexcept { return rows_.replaced(); }

    /// Values that were too long and were cut.
    std::uint64_t cut() const noexcept { return rows_.cut(); }

protected:
    result<decode::progress> read(std::string_view& bytes) override;
    result<decode::progress> read_end() override;
    std::string place() const override;

    std::string stopper() const override { return rows_.excerpt(); }

private:
    using row = decode::activity_rows::row;

    void take_rows();
    void read_names();
    void take_row(const row& fields);
    bool end_is_known();

    decode::activity_rows rows_;
    std::string_view own_user_;
    devo::event_writer& events_;
    activity_window& window_;
    tally& counts_;
    std::vector<std::string> keys_;  ///< `{"Date":` `,"Action":` …; empty: the column is dropped
    bool end_unknown_{false};        ///< a footer that does not say whether more rows follow
    std::optional<decode::activity_footer> footer_;
    std::vector<decode::unread_row> unread_;
    std::size_t date_{0};  ///< which columns; one that is not there is behind the last
    std::size_t user_{0};
    std::string object_;  ///< the event that is being made; kept so that its memory is used again
};

}  // namespace qdc::services
