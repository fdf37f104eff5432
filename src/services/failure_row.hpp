#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace qdc::services
{

/// Decides whether records that fail one after the other are at fault themselves. Pure.
///
/// | state         | event                   | action                                                             | state         |
/// |---------------|-------------------------|--------------------------------------------------------------------|---------------|
/// | fewer than 5  | a record failed         | leave it out                                                       | one more      |
/// | 5 in the row  | a record failed         | those of the row come out again: the endpoint is at fault          | outage        |
/// | outage        | a record failed         | nothing: it is not to blame                                        | outage        |
/// | any           | an answer came complete |                                                                    | an empty row  |
template <class Id>
class failure_row
{
public:
    /// Some neighbours that cannot be fetched are bad luck; more than so many are a fault of the endpoint.
    static constexpr std::size_t limit = 5;

    /// A record failed. True: leave it out. False: it is not to blame, and nor are those of take_back().
    bool add(const Id& id)
    {
        outage_ = outage_ || members_.size() == limit;
        if (!outage_)
            members_.push_back(id);
        return !outage_;
    }

    /// Nobody is to blame until an answer comes complete.
    void begin_outage() noexcept { outage_ = true; }

    bool is_outage() const noexcept { return outage_; }

    /// The records that were left out in this row and come out again.
    std::vector<Id> take_back() { return std::exchange(members_, {}); }

    /// An answer came complete.
    void reset() noexcept
    {
        members_.clear();
        outage_ = false;
    }

private:
    std::vector<Id> members_;
    bool outage_{false};
};

}  // namespace qdc::services
