#include "services/host_answer.hpp"

namespace qdc::services
{

host_answer::host_answer(
    host_document_kind kind,
    decode::element_names& names,
    devo::event_writer& events,
    host_cursor& cursor,
    const host_memory& memory,
    tally& counts,
    std::uint64_t seed,
    change_writer* changes
)
    : xml_answer(document_, parser_),
      document_(kind, names, events, cursor, memory, counts, seed, changes),
      parser_(document_)
{
}

result<decode::progress> host_answer::finish()
{
    // An HTML page counts as no answer at all, rather than as a broken one.
    const auto ended = document_.ended(checked(parser_.finish()));
    const bool page = document_.root() == "html" || document_.root() == "HTML";
    return ended.has_error() && page ? error_code(errc::not_a_document) : ended;
}

/// Markup that only looks like XML for a while (an HTML page, with entities of its own and tags that are never closed)
/// is no broken answer but none at all.
result<decode::progress> host_answer::checked(result<decode::progress> parsed) const
{
    // An entity of its own in a record is damage like any other: of that record, not of everything behind it.
    if (parsed.has_error() && parsed.error() == errc::xml_entity && document_.in_host())
        return error_code(errc::xml_malformed);
    if (!parsed.has_error() || document_.outcome() != errc::unexpected_root)
        return parsed;
    if ((parsed.error() == errc::xml_malformed && !parser_.fault().encoding) || !document_.root().empty())
        return error_code(errc::not_a_document);
    return parsed;
}

}  // namespace qdc::services
