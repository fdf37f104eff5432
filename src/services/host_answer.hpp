#pragma once

#include "decode/xml_parser.hpp"
#include "services/host_document.hpp"
#include "services/service.hpp"
#include "services/xml_answer.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace qdc::services
{

/// One answer with hosts: parser and document in one.
class host_answer final : public xml_answer
{
public:
    /// Everything referred to outlives the answer. `changes`: nullptr: no changes are sent.
    host_answer(
        host_document_kind kind,
        decode::element_names& names,
        devo::event_writer& events,
        host_cursor& cursor,
        const host_memory& memory,
        tally& counts,
        std::uint64_t seed,
        change_writer* changes = nullptr
    );

    result<decode::progress> feed(std::string_view& bytes) override { return checked(parser_.feed(bytes)); }

    result<decode::progress> finish() override;

    const host_document& document() const noexcept { return document_; }

    /// As host_document::join_with().
    void join_with(kb_join* join) noexcept { document_.join_with(join); }

    /// Characters that had to be replaced by U+FFFD.
    std::uint64_t replaced() const noexcept { return parser_.replaced(); }

private:
    /// `parsed`, with another error where the answer is no document at all, or only a host of it is damaged.
    result<decode::progress> checked(result<decode::progress> parsed) const;

    host_document document_;
    decode::xml_parser parser_;
};

}  // namespace qdc::services
