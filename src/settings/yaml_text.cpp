#include "settings/yaml_text.hpp"

#include "base/number.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <sstream>

namespace qdc::settings
{
namespace
{

/// The number that the first four hex digits are; nothing: there are none.
std::optional<unsigned> hex4(std::string_view text)
{
    return text.size() < 4 ? std::nullopt : number_in<unsigned>(text.substr(0, 4), 16);
}

/// Where a document begins; what it holds is of no interest.
class document_start final : public YAML::EventHandler
{
public:
    void OnDocumentStart(const YAML::Mark& mark) override { line = mark.line; }

    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}

    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}

    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}

    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}

    void OnSequenceEnd() override {}

    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}

    void OnMapEnd() override {}

    int line{0};
};

}  // namespace

std::string join_surrogates(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    while (!text.empty())
    {
        // "\ud83d\ude00" (12 bytes) becomes the four bytes of U+1F600. A lone half stays, and yaml-cpp reports it.
        const auto high = text.starts_with("\\u") ? hex4(text.substr(2)) : std::nullopt;
        const bool pair = high && *high >= 0xD800 && *high <= 0xDBFF && text.substr(6).starts_with("\\u");
        const auto low = pair ? hex4(text.substr(8)) : std::nullopt;
        if (low && *low >= 0xDC00 && *low <= 0xDFFF)
        {
            const unsigned point = 0x10000 + ((*high - 0xD800) << 10) + (*low - 0xDC00);
            out += static_cast<char>(0xF0 | (point >> 18));
            out += static_cast<char>(0x80 | ((point >> 12) & 0x3F));
            out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
            out += static_cast<char>(0x80 | (point & 0x3F));
            text.remove_prefix(12);
            continue;
        }
        // An escaped backslash is two characters: the second one begins nothing.
        const std::size_t taken = text.front() == '\\' && text.size() > 1 ? 2 : 1;
        out += text.substr(0, taken);
        text.remove_prefix(taken);
    }
    return out;
}

std::optional<int> line_behind_document(const std::string& text)
{
    // The parser is asked for a second document; where that begins, reading would have stopped in silence.
    std::istringstream in(text);
    YAML::Parser parser(in);
    document_start seen;
    const bool first = parser.HandleNextDocument(seen);
    const bool second = first && parser.HandleNextDocument(seen);
    return second ? std::optional(seen.line) : std::nullopt;
}

std::string without_content(const std::string& message)
{
    if (message.find("anchor") != message.npos)
        return "a value begins with `*` or `&` and is not quoted";
    // What is quoted there is one byte: of a secret, or of a character that has several.
    if (message.starts_with("unknown escape character"))
        return "a `\\` in double quotes begins no escape that YAML knows";
    if (message == "unknown token")
        return "a value begins with `@`, `%` or a back-tick and is not quoted";
    return message;
}

}  // namespace qdc::settings
