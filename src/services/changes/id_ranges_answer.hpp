#pragma once

#include "decode/xml_parser.hpp"
#include "qualys/id_set.hpp"
#include "services/service.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::services
{

/// Takes the ids of a list, range after range, as fast as it wants.
class id_taker
{
public:
    virtual ~id_taker() = default;

    /// Takes ids from the front of [first, last]. The first one that it has not taken, because its events have to be taken
    /// first; last + 1: all are. Ids are not promised to ascend.
    virtual std::uint64_t take(std::uint64_t first, std::uint64_t last) = 0;

    /// The list came to its end. `cut`: it names only some of the ids. False: events have to be taken first, then it is
    /// called again.
    virtual bool end(bool cut) = 0;
};

/// Reads a host list with `details=None`, which may name a million hosts.
class id_ranges_answer final : public answer_reader, private qualys::id_set_document
{
public:
    /// `taker` outlives it.
    explicit id_ranges_answer(id_taker& taker) : id_set_document("HOST_LIST_OUTPUT"), taker_(taker), parser_(*this) {}

    result<decode::progress> feed(std::string_view& bytes) override;
    result<decode::progress> finish() override;

    std::optional<utc_time> dated() const override { return id_set_document::dated(); }

    const qualys::refusal& refused() const override { return id_set_document::refused(); }

    std::string fault() const override { return parser_.fault().what; }

    /// The WARNING with which a cut list ends.
    using id_set_document::last_warning;

private:
    struct range
    {
        std::uint64_t first;
        std::uint64_t last;
    };

    void take(const qualys::listed_ids& ids) override;

    bool wants_pause() const override { return waiting_.has_value(); }

    void hand_out(range ids);

    id_taker& taker_;
    std::optional<range> waiting_;  ///< for its turn, after a pause
    bool parsed_{false};            ///< to the end
    decode::xml_parser parser_;
};

}  // namespace qdc::services
