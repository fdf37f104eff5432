#pragma once

#include "decode/xml_parser.hpp"
#include "qualys/answer_document.hpp"
#include "services/id_places.hpp"
#include "services/service.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::services
{

/// The host ids of a host list with `details=None`: ID_SET with ID and ID_RANGE. They are not kept: only the first one,
/// and the places at which the list can be cut. (User guide, host list.)
class host_id_document final : public qualys::answer_document
{
public:
    explicit host_id_document(std::uint64_t stride) : answer_document("HOST_LIST_OUTPUT"), places_(stride) {}

    /// Nothing: the list is empty.
    std::optional<std::uint64_t> first() const noexcept { return first_; }

    const id_places& places() const noexcept { return places_; }

protected:
    void open(std::string_view name, const char* const* attributes, std::size_t depth) override;
    void text(std::string_view piece) override;
    void close(std::string_view name, std::size_t depth) override;

private:
    std::string text_;
    std::optional<std::uint64_t> first_;
    id_places places_;
};

/// Its reader.
class host_id_answer final : public answer_reader
{
public:
    /// `stride`: every so-manieth id is a place.
    explicit host_id_answer(std::uint64_t stride) : document_(stride), parser_(document_) {}

    result<decode::progress> feed(std::string_view& in) override { return parser_.feed(in); }

    result<decode::progress> finish() override;

    const qualys::refusal& refused() const override { return document_.refused(); }

    std::string fault() const override { return parser_.fault().what; }

    std::optional<std::uint64_t> first() const noexcept { return document_.first(); }

    const std::vector<std::uint64_t>& places() const noexcept { return document_.places().places(); }

private:
    host_id_document document_;
    decode::xml_parser parser_;
};

}  // namespace qdc::services
