#pragma once

#include "decode/xml_parser.hpp"
#include "qualys/answer_document.hpp"
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

    /// The list came to its end, with `next` if it is cut. False: events have to be taken first, then it is called again.
    virtual bool end(bool cut) = 0;
};

/// Reads a host list with `details=None`, which may name a million hosts: ID_SET with ID and ID_RANGE. (User guide, host
/// list.)
class id_ranges_answer final : public answer_reader, private qualys::answer_document
{
public:
    /// `taker` outlives it.
    explicit id_ranges_answer(id_taker& taker) : answer_document("HOST_LIST_OUTPUT"), taker_(taker), parser_(*this) {}

    result<decode::progress> feed(std::string_view& in) override;
    result<decode::progress> finish() override;

    const qualys::refusal& refused() const override { return answer_document::refused(); }

    std::string fault() const override { return parser_.fault().what; }

    /// The WARNING with which a cut list ends.
    using answer_document::last_warning;

private:
    struct range
    {
        std::uint64_t first;
        std::uint64_t last;
    };

    void open(std::string_view name, const char* const* attributes, std::size_t depth) override;
    void text(std::string_view piece) override;
    void close(std::string_view name, std::size_t depth) override;

    bool wants_pause() const override { return waiting_.has_value(); }

    void take(range ids);

    id_taker& taker_;
    std::string text_;
    std::optional<range> waiting_;  ///< for its turn, after a pause
    bool parsed_{false};            ///< to the end
    decode::xml_parser parser_;
};

}  // namespace qdc::services
