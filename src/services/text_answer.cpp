#include "services/text_answer.hpp"

namespace qdc::services
{

using decode::progress;

text_answer::error_body::error_body() : document({}), parser(document) {}

error_code text_answer::error_body::named(error_code failure) const
{
    return document.outcome() == errc::refused ? failure : error_code(errc::not_a_document);
}

result<progress> text_answer::feed(std::string_view& bytes)
{
    // Until it turns out that markup came instead, the derived class reads.
    if (!error_)
    {
        const auto outcome = read(bytes);
        const bool markup =
            outcome.has_error() && outcome.error() == errc::not_a_document && !bytes.empty() && bytes.front() == '<';
        if (!markup)
            return outcome;
        // From the first '<' on it is an error document, and the XML parser reads all of it.
        error_.emplace();
    }
    const auto parsed = error_->parser.feed(bytes);
    if (!parsed)
        return error_->named(parsed.error());
    return parsed;
}

result<progress> text_answer::finish()
{
    if (!error_)
        return read_end();
    const auto parsed = error_->parser.finish();
    if (!parsed)
        return error_->named(parsed.error());
    // An error document that came to its end is a refusal; other markup is no answer.
    return error_->named(errc::refused);
}

const qualys::refusal& text_answer::refused() const
{
    static const qualys::refusal none;
    return error_ ? error_->document.refused() : none;
}

std::string text_answer::fault() const
{
    return error_ ? error_->document.fault_text(error_->parser.fault()) : place();
}

std::string text_answer::excerpt() const
{
    return error_ ? error_->parser.fault().excerpt : stopper();
}

}  // namespace qdc::services
