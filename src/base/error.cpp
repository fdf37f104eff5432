#include "base/error.hpp"

#include <string>

namespace qdc
{
namespace
{

/// The words of each errc, for the log.
class category final : public boost::system::error_category
{
public:
    const char* name() const noexcept override { return "collector"; }

    std::string message(int value) const override
    {
        switch (static_cast<errc>(value))
        {
            case errc::xml_malformed:
                return "the answer is not well-formed XML";
            case errc::xml_entity:
                return "the answer declares or uses an XML entity of its own, which is refused";
            case errc::xml_too_large:
                return "what the XML parser has to hold of the answer exceeds the limit";
            case errc::xml_too_deep:
                return "the answer is not well-formed: its elements are nested too deep";
            case errc::record_too_large:
                return "one record of the answer exceeds the limit";
            case errc::root_not_closed:
                return "the answer ended before its root element was closed";
            case errc::unexpected_root:
                return "the answer is a document of another kind";
            case errc::not_a_document:
                return "the answer is not the document that was asked for";
            case errc::refused:
                return "the source answered with an error";
            case errc::cursor_stands_still:
                return "the next page would begin where this one did";
            case errc::gzip_damaged:
                return "the compressed body is damaged";
            case errc::body_cut:
                return "the connection ended before the answer did";
            case errc::unconfirmed:
                return "the peer closed before it took everything";
            case errc::never_closed:
                return "the peer did not answer the orderly close";
            case errc::state_damaged:
                return "the state file is damaged";
            case errc::csv_malformed:
                return "the answer is not well-formed CSV";
            case errc::json_malformed:
                return "the answer is not well-formed JSON";
            case errc::host_unknown:
                return "the host that cannot be fetched is not known by its id";
        }
        return "unknown error of the collector";
    }
};

}  // namespace

const boost::system::error_category& collector_category() noexcept
{
    static const category instance;
    return instance;
}

}  // namespace qdc
