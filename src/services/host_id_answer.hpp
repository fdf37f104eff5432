#pragma once

#include "decode/xml_parser.hpp"
#include "qualys/answer_document.hpp"
#include "services/service.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace qdc::services
{

/// The first host id of a host list with `details=None`: ID_SET with ID and ID_RANGE. (User guide, host list.)
class host_id_document final : public qualys::answer_document
{
public:
    host_id_document() : answer_document("HOST_LIST_OUTPUT") {}

    /// Nothing: the list is empty.
    std::optional<std::uint64_t> first() const noexcept { return first_; }

protected:
    void open(std::string_view name, const char* const* attributes, std::size_t depth) override;
    void text(std::string_view piece) override;
    void close(std::string_view name, std::size_t depth) override;

private:
    std::string text_;
    std::optional<std::uint64_t> first_;
};

/// Its reader.
class host_id_answer final : public answer_reader
{
public:
    host_id_answer() : parser_(document_) {}

    result<decode::progress> feed(std::string_view& in) override { return parser_.feed(in); }

    result<decode::progress> finish() override;

    const qualys::refusal& refused() const override { return document_.refused(); }

    std::string fault() const override { return parser_.fault().what; }

    std::optional<std::uint64_t> first() const noexcept { return document_.first(); }

private:
    host_id_document document_;
    decode::xml_parser parser_;
};

}  // namespace qdc::services
