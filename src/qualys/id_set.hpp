#pragma once

#include "qualys/answer_document.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace qdc::qualys
{

/// An ID or ID_RANGE of an ID_SET, as far as it can be read: "7", "7-12".
struct listed_ids
{
    bool is_range{false};  ///< it stood in an ID_RANGE
    bool has_hyphen{false};
    std::optional<std::uint64_t> first;
    std::optional<std::uint64_t> last;  ///< of a single id the same as `first`

    /// Both were read, and in their order.
    bool is_good() const noexcept { return first && last && *first <= *last; }
};

/// The answer to a call with `details=None`: an ID_SET with ID and ID_RANGE. The ids are handed out as they come, for there
/// may be a million. (User guide: host list, KnowledgeBase.)
class id_set_document : public answer_document
{
public:
    using answer_document::answer_document;

protected:
    /// May throw, as everything that is called while parsing.
    virtual void take(const listed_ids& ids) = 0;

private:
    void open(std::string_view name, const char* const* attributes, std::size_t depth) final;
    void text(std::string_view piece) final;
    void close(std::string_view name, std::size_t depth) final;

    std::string ids_;  ///< text of the element that is open
};

}  // namespace qdc::qualys
