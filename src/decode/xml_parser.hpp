#pragma once

#include "base/error.hpp"
#include "decode/progress.hpp"
#include "decode/scrubber.hpp"
#include "decode/xml_json.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

struct XML_ParserStruct;

namespace qdc::decode
{

/// Receives the events of one document. Views are valid only during the call; names end with a zero, as Expat has them.
class xml_handler
{
public:
    virtual ~xml_handler() = default;

    /// `attributes` is Expat's: name, value, name, value, …, nullptr.
    virtual void on_start(std::string_view name, const char* const* attributes) = 0;
    virtual void on_text(std::string_view piece) = 0;  ///< one run may arrive in several pieces
    virtual void on_end(std::string_view name) = 0;

    /// Asked after each on_end(): true pauses parsing, so that finished records can be taken.
    virtual bool wants_pause() const { return false; }

protected:
    /// What is inside the element that has just begun goes straight into `record`; its end comes to on_end() again.
    /// Nearly all of a document is inside records, and need not pass through the layers above: a fortieth of the cost
    /// of parsing, counted by callgrind.
    void write_into(xml_json& record) noexcept
    {
        record_ = &record;
        record_depth_ = record.depth();
    }

private:
    friend class xml_parser;

    xml_json* record_{nullptr};
    std::size_t record_depth_{0};  ///< of `record_` where that element is open
};

/// Where and why a document could not be read.
struct xml_fault
{
    std::uint64_t line{0};
    std::uint64_t column{0};  ///< without the indentation that the scrubber drops
    std::string what;         ///< what is wrong, in words: Expat's own, mostly
    std::string excerpt;      ///< what stands there: see excerpt_around(); empty: nothing is known
    bool encoding{false};     ///< the encoding that the document declares is none that can be read

    /// `line 7, column 3: mismatched tag`: it quotes nothing of the document's values.
    std::string place() const;

    /// `line 7, column 3: mismatched tag, near "…</C></A>"`
    std::string text() const;
};

/// Push parser over Expat: synchronous, no I/O.
///
/// Elements may be nested depth_limit deep, and what Expat may hold has a limit, whatever comes: both are errors of the
/// document. A DOCTYPE may name an external DTD, which is never read; entities other than the five of XML itself are
/// refused, declared or merely used: with an unread DTD Expat would drop an unknown one in silence. Exceptions of the
/// handler are kept off Expat's C frames: a boost::system::system_error is an error of the document and has its place,
/// others come out of feed() or finish().
class xml_parser
{
public:
    /// `max_token_bytes` bounds what Expat may hold of one unfinished tag, attribute or comment. Text and CDATA are
    /// handed out in pieces and are not tokens in this sense, however long they are.
    explicit xml_parser(xml_handler& target, std::size_t max_token_bytes = 1u << 20);
    ~xml_parser();
    xml_parser(const xml_parser&) = delete;
    xml_parser& operator=(const xml_parser&) = delete;

    /// Parses from the front of `bytes` and advances it. Stops early when the handler wants a pause; call again with
    /// what is left (which may be nothing).
    result<progress> feed(std::string_view& bytes);

    /// Ends the document; call again after a pause. Errors: errc::root_not_closed when it was cut.
    result<progress> finish();

    /// Details of the error that feed() or finish() returned.
    const xml_fault& fault() const noexcept { return fault_; }

    /// Characters that XML or UTF-8 forbids and that were replaced by U+FFFD.
    std::uint64_t replaced() const noexcept { return scrubber_.replaced(); }

private:
    struct callbacks;
    class memory;

    struct deleter
    {
        void operator()(XML_ParserStruct* parser) const noexcept;
    };

    result<progress> parse(std::string_view& bytes, bool last);
    result<progress> outcome(int status, bool last);
    void refuse(error_code error) noexcept;
    error_code fail(error_code error);
    bool tag_uses_entity() const;
    std::string excerpt() const;

    xml_handler& target_;
    std::size_t max_token_bytes_;
    scrubber scrubber_;
    std::size_t depth_{0};  ///< elements open outside of a record, and those that hold one
    std::size_t held_{0};   ///< bytes that Expat holds
    bool paused_{false};
    bool finished_{false};
    bool over_{false};  ///< the handler threw, or the document is refused; Expat may still call back after that
    std::uint64_t fed_{0};
    std::uint64_t reported_{0};
    std::exception_ptr thrown_;
    std::string refused_words_;
    std::string encoding_;  ///< that is not known
    error_code refused_;
    xml_fault fault_;
    std::unique_ptr<XML_ParserStruct, deleter> expat_;
};

}  // namespace qdc::decode
