#pragma once

#include "decode/xml_parser.hpp"
#include "qualys/answer_document.hpp"
#include "services/exchange.hpp"

#include <optional>
#include <string>

namespace qdc::services
{

/// What readers of XML answers have in common: what a document and the parser that feeds it know of the answer.
class xml_answer : public answer_reader
{
public:
    std::optional<utc_time> dated() const final { return read_.dated(); }

    const qualys::refusal& refused() const final { return read_.refused(); }

    std::string fault() const final { return read_.fault_text(reading_.fault()); }

    std::string excerpt() const final { return reading_.fault().excerpt; }

protected:
    /// Both belong to the derived class, and need not be made yet.
    xml_answer(const qualys::answer_document& document, const decode::xml_parser& parser)
        : read_(document),
          reading_(parser)
    {
    }

private:
    const qualys::answer_document& read_;
    const decode::xml_parser& reading_;
};

}  // namespace qdc::services
