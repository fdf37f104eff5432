#pragma once

#include "decode/xml_parser.hpp"
#include "qualys/id_set.hpp"
#include "services/id_places.hpp"
#include "services/service.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::services
{

/// The host ids of a host list with `details=None`. They are not kept: only the first one, and the places at which the list
/// can be cut.
class host_id_answer final : public answer_reader, private qualys::id_set_document
{
public:
    /// `stride`: every so-manieth id is a place.
    explicit host_id_answer(std::uint64_t stride) : id_set_document("HOST_LIST_OUTPUT"), places_(stride), parser_(*this)
    {
    }

    result<decode::progress> feed(std::string_view& bytes) override { return parser_.feed(bytes); }

    result<decode::progress> finish() override { return ended(parser_.finish()); }

    std::optional<utc_time> dated() const override { return id_set_document::dated(); }

    const qualys::refusal& refused() const override { return id_set_document::refused(); }

    std::string fault() const override { return parser_.fault().what; }

    /// Nothing: the list is empty.
    std::optional<std::uint64_t> first() const noexcept { return first_; }

    const std::vector<std::uint64_t>& places() const noexcept { return places_.places(); }

private:
    void take(const qualys::listed_ids& ids) override
    {
        if (!first_)
            first_ = ids.first;
        if (ids.first && ids.last)
            places_.add(*ids.first, *ids.last);
    }

    std::optional<std::uint64_t> first_;
    id_places places_;
    decode::xml_parser parser_;
};

}  // namespace qdc::services
