#pragma once

#include "decode/xml_parser.hpp"
#include "qualys/answer_document.hpp"
#include "services/service.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace qdc::services
{

/// Reads an answer that is JSON or CSV, or the error that stands in its place: errors are XML whatever format was asked
/// for, under any content type and also under HTTP 200. The first byte that is not blank decides. (User guide,
/// "SIMPLE_RETURN".)
class text_answer : public answer_reader
{
public:
    result<decode::progress> feed(std::string_view& bytes) final;
    result<decode::progress> finish() final;
    const qualys::refusal& refused() const final;
    std::string fault() const final;
    std::string excerpt() const final;

protected:
    /// As answer_reader::feed; errc::not_a_document with a '<' left in front of `bytes`: it is markup.
    virtual result<decode::progress> read(std::string_view& bytes) = 0;
    virtual result<decode::progress> read_end() = 0;
    virtual std::string place() const = 0;    ///< where reading stopped, for people
    virtual std::string stopper() const = 0;  ///< what stands there

private:
    /// What came instead.
    struct error_body
    {
        error_body();

        /// Markup that is no error document of Qualys, an HTML page, is no broken XML but no document at all.
        error_code named(error_code failure) const;

        qualys::answer_document document;
        decode::xml_parser parser;
    };

    std::optional<error_body> error_;
};

}  // namespace qdc::services
