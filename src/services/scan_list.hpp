#pragma once

#include "decode/xml_parser.hpp"
#include "qualys/answer_document.hpp"
#include "services/service.hpp"
#include "services/xml_answer.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::services
{

/// A scan, as far as the list decides what is fetched. (User guide, VM scan list output.)
struct listed_scan
{
    std::string reference;             ///< "scan/1763800000.10001"
    std::optional<utc_time> launched;  ///< nothing: the list gives no date that can be read
    std::string state;                 ///< "Finished", "Running" …, in this spelling; empty: none was said
    std::string sub_state;             ///< "No_Vuln", "No_Host"; mostly empty

    bool operator==(const listed_scan&) const = default;
};

/// Gathers the SCAN elements of a scan list. They become no events, so all of them are held: about 100 bytes each, and
/// 32 MiB at most. STATE is taken without regard to case, and also where it stands beside STATUS instead of inside.
class scan_list_document final : public qualys::answer_document
{
public:
    scan_list_document() : answer_document("SCAN_LIST_OUTPUT") {}

    const std::vector<listed_scan>& scans() const noexcept { return scans_; }

    /// What is odd about scans, in words: the first of each kind.
    const std::vector<std::string>& oddities() const noexcept { return oddities_; }

protected:
    void open(std::string_view name, const char* const* attributes, std::size_t depth) override;
    void text(std::string_view piece) override;
    void close(std::string_view name, std::size_t depth) override;

private:
    /// A SCAN is complete: its state is spelled as documented, and it is added to the list.
    void end_scan();
    /// Keeps something odd, once.
    void note(std::string words);

    std::vector<listed_scan> scans_;
    listed_scan scan_;
    std::string value_;
    std::vector<std::string> oddities_;
    std::size_t bytes_{0};  ///< that the scans take
    bool in_scan_{false};
    bool misplaced_{false};
};

/// The answer to a scan list call: parser and document in one.
class scan_list_answer final : public xml_answer
{
public:
    scan_list_answer() : xml_answer(document_, parser_) {}

    result<decode::progress> feed(std::string_view& bytes) override { return named(parser_.feed(bytes)); }

    result<decode::progress> finish() override;

    const std::vector<listed_scan>& scans() const noexcept { return document_.scans(); }

    /// The address of the rest of a list that was cut (a WARNING with code 1980 or with a cursor); empty: it is complete.
    /// Of it only the query is to be used.
    std::string next_url() const;

    /// More scans follow, and no address says where.
    bool is_cut() const;

    /// What Qualys says besides, and what is odd about the list: each for people, without the name of who said it.
    std::vector<std::string> notices() const;

private:
    result<decode::progress> named(result<decode::progress> parsed) const;

    scan_list_document document_;
    decode::xml_parser parser_{document_};
};

}  // namespace qdc::services
