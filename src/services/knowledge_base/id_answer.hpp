#pragma once

#include "decode/xml_parser.hpp"
#include "qualys/id_set.hpp"
#include "services/service.hpp"
#include "services/xml_answer.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::services
{

/// The QIDs of an answer with `details=None`. Only where slices begin is kept of them. (DTD
/// knowledge_base_vuln_list_output.)
class kb_id_answer final : private qualys::id_set_document, public xml_answer
{
public:
    /// Splits what comes into slices of at most `most` ids. A list of more than ten million ids is damaged:
    /// errc::xml_malformed.
    explicit kb_id_answer(std::uint64_t most);

    result<decode::progress> feed(std::string_view& bytes) override { return parser_.feed(bytes); }

    result<decode::progress> finish() override { return ended(parser_.finish()); }

    /// It says whether the list was cut, and where it goes on.
    using id_set_document::last_warning;

    /// The first id of each slice.
    const std::vector<std::uint64_t>& slices() const noexcept { return slices_; }

    /// The largest id.
    std::uint64_t last() const noexcept { return last_; }

private:
    void take(const qualys::listed_ids& ids) override;
    /// Counts the ids from `first` to `end`, all of them.
    void add(std::uint64_t first, std::uint64_t end);

    std::uint64_t most_;                 ///< ids in a slice
    std::vector<std::uint64_t> slices_;  ///< their first ids
    std::uint64_t in_slice_{0};          ///< ids in the last one so far
    std::uint64_t ids_{0};               ///< ids so far
    std::uint64_t last_{0};
    decode::xml_parser parser_;
};

}  // namespace qdc::services
