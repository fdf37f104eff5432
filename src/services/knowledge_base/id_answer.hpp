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

/// The ids of an answer with `details=None`: ID_SET with ID and ID_RANGE. Only where
/// slices begin is kept of them. (User guide, KnowledgeBase; DTD knowledge_base_vuln_list_output.)
class kb_id_answer final : public answer_reader
{
public:
    /// Splits what comes into slices of at most `most` ids.
    explicit kb_id_answer(std::uint64_t most);

    result<decode::progress> feed(std::string_view& in) override { return parser_.feed(in); }

    result<decode::progress> finish() override;

    const qualys::refusal& refused() const override { return document_.refused(); }

    std::string fault() const override { return parser_.fault().text(); }

    /// The first id of each slice.
    const std::vector<std::uint64_t>& slices() const noexcept { return document_.slices; }

    /// The largest id.
    std::uint64_t last() const noexcept { return document_.last; }

private:
    struct id_document final : qualys::answer_document
    {
        explicit id_document(std::uint64_t slice_ids);

        void open(std::string_view name, const char* const* attributes, std::size_t depth) override;
        void text(std::string_view piece) override;
        void close(std::string_view name, std::size_t depth) override;
        void add(std::uint64_t first, std::uint64_t end);

        std::uint64_t most;
        std::string value;
        std::vector<std::uint64_t> slices;
        std::uint64_t in_slice{0};
        std::uint64_t last{0};
    };

    id_document document_;
    decode::xml_parser parser_;
};

}  // namespace qdc::services
