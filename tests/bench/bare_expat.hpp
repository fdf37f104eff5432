#pragma once

#include <expat.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string_view>

namespace qdc::bench
{

/// The yardstick: a parse whose handlers do nothing, in pieces of 16 KiB. What it costs is the unit R.
class bare_expat
{
public:
    static constexpr std::size_t piece_bytes = 16 * 1024;

    bare_expat() : parser_(::XML_ParserCreate(nullptr))
    {
        ::XML_SetElementHandler(parser_.get(), no_start, no_end);
        ::XML_SetCharacterDataHandler(parser_.get(), no_text);
    }

    void feed(std::string_view bytes)
    {
        for (std::size_t at = 0; at < bytes.size(); at += piece_bytes)
            parse(bytes.substr(at, piece_bytes), 0);
    }

    void finish() { parse({}, 1); }

private:
    static void XMLCALL no_start(void*, const XML_Char*, const XML_Char**) {}

    static void XMLCALL no_end(void*, const XML_Char*) {}

    static void XMLCALL no_text(void*, const XML_Char*, int) {}

    struct deleter
    {
        void operator()(XML_ParserStruct* parser) const { ::XML_ParserFree(parser); }
    };

    void parse(std::string_view piece, int last)
    {
        if (::XML_Parse(parser_.get(), piece.data(), static_cast<int>(piece.size()), last) != XML_STATUS_OK)
            throw std::runtime_error("the page is no XML");
    }

    std::unique_ptr<XML_ParserStruct, deleter> parser_;
};

}  // namespace qdc::bench
