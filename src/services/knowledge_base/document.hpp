#pragma once

#include "decode/element_names.hpp"
#include "decode/xml_json.hpp"
#include "decode/xml_parser.hpp"
#include "devo/event_writer.hpp"
#include "qualys/answer_document.hpp"
#include "services/knowledge_base/enrichment.hpp"
#include "services/service.hpp"
#include "services/xml_answer.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qdc::services
{

/// What the configuration says about entries.
struct kb_options
{
    bool deliver{true};  ///< false: the index is kept, and no events are sent
    bool texts{true};    ///< false: without DIAGNOSIS, CONSEQUENCE, SOLUTION
};

/// Turns the VULN elements of an answer into events while they are parsed, and into entries of the index. An entry that
/// the index holds unchanged gives no event. One that gives an event goes into the index when that is in the outbox,
/// never before: take().
class kb_document final : public qualys::answer_document
{
public:
    /// Everything referred to outlives the document.
    kb_document(
        const kb_options& options,
        decode::element_names& names,
        devo::event_writer& events,
        knowledge& known,
        tally& counts
    );

    bool wants_pause() const override;

    /// The events so far are in the outbox. Everything in front of which QID is, then; nothing: they do not ascend, or
    /// none came.
    std::optional<std::uint64_t> take();

    /// Behind the last entry; nothing: they do not ascend, or none came.
    std::optional<std::uint64_t> end() const;

    /// A QID came behind a larger one.
    bool is_disordered() const noexcept { return !ascends_; }

    /// How many entries came complete.
    std::uint64_t read() const noexcept { return read_; }

protected:
    void open(std::string_view name, const char* const* attributes, std::size_t depth) override;
    void close(std::string_view name, std::size_t depth) override;

private:
    enum class place
    {
        elsewhere,
        list,
        entry,
    };

    void end_member(std::string_view name);
    void end_entry();
    /// Puts an entry into the index: from now on the join sees it.
    void put(std::uint64_t qid, std::string entry);
    /// Notes whether QIDs ascend, and the largest one so far.
    void note_place();
    /// Adds what was undocumented or cut since the last call to the tally.
    void note_drift();

    const kb_options& options_;
    decode::element_names& names_;
    devo::event_writer& events_;
    knowledge& known_;
    std::uint64_t names_print_;
    tally& counts_;
    place place_{place::elsewhere};
    decode::xml_json vuln_;
    std::uint64_t qid_{0};  ///< of the entry that is open
    std::uint64_t last_{0};
    bool ascends_{true};
    std::uint64_t read_{0};
    std::vector<std::pair<std::uint64_t, std::string>> waiting_;  ///< for their events to be taken
    std::size_t names_noted_{0};                                  ///< of the vocabulary's undocumented ones
    std::uint64_t unknown_counted_{0};  ///< undocumented elements that are in the tally already
    std::uint64_t cut_counted_{0};      ///< the same of values that were cut
};

/// One answer with entries: parser and document in one.
class kb_answer final : public xml_answer
{
public:
    kb_answer(const kb_options& options, devo::event_writer& events, knowledge& known, tally& counts);

    result<decode::progress> feed(std::string_view& bytes) override { return parser_.feed(bytes); }

    result<decode::progress> finish() override { return document_.ended(parser_.finish()); }

    std::optional<std::uint64_t> records() const override { return document_.read(); }

    kb_document& document() noexcept { return document_; }

    /// Characters that had to be replaced by U+FFFD.
    std::uint64_t replaced() const noexcept { return parser_.replaced(); }

private:
    std::unique_ptr<decode::element_names> names_;
    kb_document document_;
    decode::xml_parser parser_;
};

}  // namespace qdc::services
