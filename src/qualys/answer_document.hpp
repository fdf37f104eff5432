#pragma once

#include "base/error.hpp"
#include "base/utc.hpp"
#include "decode/xml_parser.hpp"
#include "qualys/refusal.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::qualys
{

/// A WARNING at the end of an answer. With a cursor it says that more pages follow (code 1980); without one it is only
/// a notice, as an announced end of service. (User guide, truncated output.)
struct warning
{
    int code{0};
    std::string text;
    std::string url;

    /// Whether its code says that the answer is cut.
    bool is_of_cut_answer() const noexcept { return code == 1980; }

    /// Whether more follows, by its code or by an id_min or id_max in its address. An announced end of service may have an
    /// address too.
    bool has_cursor() const;
};

/// What every XML answer has in common: the root that names what came, RESPONSE, WARNING, and the error documents
/// SIMPLE_RETURN and GENERIC_RETURN that may stand in its place, also under HTTP 200. Whatever else comes is handed to
/// the derived class.
class answer_document : public decode::xml_handler
{
public:
    /// `root` is the element that is expected; empty: only an error document is.
    explicit answer_document(std::string_view root) : root_(root) {}

    void on_start(std::string_view name, const char* const* attributes) final;
    void on_text(std::string_view piece) final;
    void on_end(std::string_view name) final;

    /// How the answer stands after it was read to its end: good, errc::refused, errc::unexpected_root.
    error_code outcome() const;

    /// What the answer came to when finishing its parser gave `finished`: that failure, a pause, or outcome().
    result<decode::progress> ended(result<decode::progress> finished) const;

    /// With errc::refused: code, text and wait; the HTTP status is the caller's to fill in.
    const refusal& refused() const noexcept { return refusal_; }

    /// The WARNING that may hold the cursor: one with code 1980 or with an id_min or id_max in its URL, whatever
    /// notices stand beside it; else the first.
    const std::optional<warning>& last_warning() const noexcept { return warning_; }

    /// Texts of the WARNINGs without a cursor.
    const std::vector<std::string>& notices() const noexcept { return notices_; }

    /// The DATETIME of a good answer: when Qualys made it. Nothing: it did not come, or is no time.
    std::optional<utc_time> dated() const noexcept { return dated_; }

    /// The root element that came, at most 100 characters; empty before it came.
    const std::string& root() const noexcept { return found_; }

    /// What is wrong with an answer that is none, in words: the parser's fault, without an excerpt, or else the root.
    std::string fault_text(const decode::xml_fault& fault) const
    {
        return fault.what.empty() ? "its root is <" + found_ + '>' : fault.place();
    }

protected:
    /// An element inside RESPONSE, DATETIME too, but no WARNING and nothing in one. `depth` is 3 for RESPONSE's children.
    virtual void open(std::string_view name, const char* const* attributes, std::size_t depth);
    virtual void text(std::string_view piece);
    virtual void close(std::string_view name, std::size_t depth);

private:
    enum class part
    {
        outside,   ///< not a document of ours
        document,  ///< the expected one
        error,     ///< SIMPLE_RETURN or GENERIC_RETURN
        warning,   ///< inside a WARNING of the expected one
    };

    void keep(std::string_view piece);
    void close_in_error(std::string_view name, std::string_view value);
    void close_in_warning(std::string_view name, std::string_view value);
    void close_warning();

    std::string root_;
    std::string found_;
    part part_{part::outside};
    std::size_t depth_{0};
    bool in_datetime_{false};
    std::optional<utc_time> dated_;
    std::string value_;  ///< text of the DATETIME, or the error or warning element, that is open
    std::string key_;    ///< KEY of the ITEM that is open
    refusal refusal_;
    warning open_;  ///< the WARNING that is being read
    std::optional<warning> warning_;
    bool has_cursor_{false};  ///< of warning_
    std::vector<std::string> notices_;
};

}  // namespace qdc::qualys
