#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace qdc::decode
{

/// Finds where an XML document begins behind whatever was put in front of it.
///
/// With an XML declaration the document begins there, although XML allows nothing in front of it (XML 1.0, section
/// 2.8): Qualys sends comments there. Without one it begins at the first markup; without markup everything is the
/// document. Holds at most 64 KiB.
class document_start
{
public:
    /// Collects from the front of `bytes`, which it shortens. True: the start is found and held() says what is the
    /// document's so far. `last`: nothing comes after `bytes`.
    bool find(std::string_view& bytes, bool last);

    /// What was collected from the start of the document on.
    std::string_view held() const noexcept { return std::string_view(text_).substr(start_); }

    /// Bytes in front of the document.
    std::size_t dropped() const noexcept { return start_; }

    /// Whether the document is in UTF-8: it declares so, or nothing else (XML 1.0, section 4.3.3).
    bool utf8() const noexcept { return utf8_; }

    /// Whether it begins with a byte order mark of UTF-16.
    bool utf16() const noexcept { return text_.starts_with("\xFE\xFF") || text_.starts_with("\xFF\xFE"); }

private:
    bool inspect_markup();
    bool begin_at(std::size_t position);

    std::string text_;
    std::size_t start_{0};
    std::size_t token_at_{0};                   ///< what is inspected next
    std::size_t search_at_{0};                  ///< where the search for its end goes on
    std::size_t markup_at_{std::string::npos};  ///< the first markup
    bool utf8_{true};
};

}  // namespace qdc::decode
