#include "decode/xml_parser.hpp"

#include "decode/characters.hpp"
#include "decode/encodings.hpp"
#include "decode/excerpt.hpp"
#include "decode/limits.hpp"

#include <expat.h>
#include <malloc.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <span>
#include <utility>

// Both sides take turns; Expat calls back only inside of feed() and finish():
//
//   collect/body            xml_parser              scrubber        Expat                 handler, or its record
//       | feed(bytes) ------->| scrub() ------------->|              |                         |
//       |                     |<----- clean bytes ----|              |                         |
//       |                     | XML_ParseBuffer ------------------->| start, text, end ------>|
//       |                     |                                     |<-- wants_pause(): yes --|
//       |<---- paused --------|<------ suspended -------------------|                         |
//       | feed(rest) -------->| XML_ResumeParser ------------------>| the rest of the piece ->|
//       |<---- hungry --------|                                                               |
namespace qdc::decode
{
namespace
{

// Where Expat is. Its newer versions (Debian 13 has one) deprecate the older functions.
#ifdef QDC_EXPAT_HAS_64
constexpr auto byte_index = XML_GetCurrentByteIndex64;
constexpr auto byte_count = XML_GetCurrentByteCount64;
constexpr auto line_number = XML_GetCurrentLineNumber64;
constexpr auto column_number = XML_GetCurrentColumnNumber64;
constexpr auto input_context = XML_GetInputContext64;
using context_offset = std::int64_t;
using context_size = std::uint64_t;
#else
constexpr auto byte_index = XML_GetCurrentByteIndex;
constexpr auto byte_count = XML_GetCurrentByteCount;
constexpr auto line_number = XML_GetCurrentLineNumber;
constexpr auto column_number = XML_GetCurrentColumnNumber;
constexpr auto input_context = XML_GetInputContext;
using context_offset = int;
using context_size = int;
#endif

// Measured: Expat costs the same from 512 bytes to 1 MiB a piece; 16 KiB is one TLS record.
constexpr std::size_t piece_bytes = 16 * 1024;

/// Whether it is a line feed, or nothing but blanks: how Expat reports the white space between elements.
bool is_indentation(std::string_view piece)
{
    if (piece.size() == 1)
        return piece[0] == '\n' || piece[0] == ' ';
    return piece[0] == ' ' && blanks_in_front(piece) == piece.size();
}

/// What Expat says of a document that simply ends too early.
bool is_cut(XML_Error code)
{
    return code == XML_ERROR_NO_ELEMENTS || code == XML_ERROR_UNCLOSED_TOKEN || code == XML_ERROR_PARTIAL_CHAR ||
           code == XML_ERROR_UNCLOSED_CDATA_SECTION;
}

}  // namespace

std::string xml_fault::place() const
{
    return "line " + std::to_string(line) + ", column " + std::to_string(column) + ": " + what;
}

std::string xml_fault::text() const
{
    return place() + near(excerpt);
}

/// Expat's memory, counted: names of elements and attributes stay with it to the end of a document, and a peer may send
/// ever new ones. While such an object lives, what Expat takes and gives back counts for one parser.
class xml_parser::memory
{
public:
    explicit memory(std::size_t& held) : outer_(std::exchange(counter, &held)) {}

    ~memory() { counter = outer_; }

    memory(const memory&) = delete;
    memory& operator=(const memory&) = delete;

    static const XML_Memory_Handling_Suite functions;

private:
    static void* take(std::size_t size) { return resize(nullptr, size); }

    // Refuses what would exceed the limit: Expat reports that as "no memory", and outcome() as xml_too_large.
    static void* resize(void* block, std::size_t size)
    {
        const auto before = malloc_usable_size(block);
        if (size > parser_limit_bytes || *counter - before > parser_limit_bytes - size)
            return nullptr;
        void* const fresh = std::realloc(block, size);
        if (fresh != nullptr)
            *counter += malloc_usable_size(fresh) - before;
        return fresh;
    }

    static void give_back(void* block)
    {
        *counter -= malloc_usable_size(block);
        std::free(block);
    }

    static thread_local std::size_t* counter;

    std::size_t* outer_;
};

thread_local std::size_t* xml_parser::memory::counter{nullptr};

const XML_Memory_Handling_Suite xml_parser::memory::functions{take, resize, give_back};

/// Expat's handlers: C functions that must not throw.
struct xml_parser::callbacks
{
    /// Runs `fn` and keeps its exception for later: one must not pass through Expat's C frames. After a stop Expat may
    /// still call back; then nothing happens.
    template <class Fn>
    static void guard(void* user, Fn&& fn) noexcept
    {
        auto& self = *static_cast<xml_parser*>(user);
        if (self.over_)
            return;
        try
        {
            fn(self, self.target_.record_);
        }
        catch (const boost::system::system_error& failure)
        {
            self.refused_words_ = failure.what();
            self.refuse(failure.code());
        }
        catch (...)
        {
            self.thrown_ = std::current_exception();
            self.refuse({});
        }
    }

    static void XMLCALL start(void* user, const XML_Char* name, const XML_Char** attributes)
    {
        guard(
            user,
            [name, attributes](xml_parser& self, xml_json* record)
            {
                // An unknown entity in an attribute has no callback of its own, so each tag with attributes is looked
                // at.
                if (*attributes != nullptr && self.tag_uses_entity())
                    self.refuse(errc::xml_entity);
                else if (record != nullptr)
                    record->start(name, attributes);
                else if (++self.depth_ > depth_limit)
                    self.refuse(errc::xml_too_deep);
                else
                    self.target_.on_start(name, attributes);
            }
        );
    }

    static void XMLCALL end(void* user, const XML_Char* name)
    {
        guard(
            user,
            [name](xml_parser& self, xml_json* record)
            {
                // Still inside of the record.
                if (record != nullptr && record->depth() > self.target_.record_depth_)
                {
                    record->end();
                    return;
                }
                // The element that held the record ends; the handler sees its end, and may pause behind it.
                self.target_.record_ = nullptr;
                --self.depth_;
                self.target_.on_end(name);
                if (self.target_.wants_pause())
                    XML_StopParser(self.expat_.get(), XML_TRUE);
            }
        );
    }

    static void XMLCALL text(void* user, const XML_Char* bytes, int size)
    {
        const std::string_view piece(bytes, static_cast<std::size_t>(size));
        // Indentation that the record would drop anyway leaves here, in front of the guard.
        // Two thirds of all pieces.
        const auto* const target = static_cast<xml_parser*>(user)->target_.record_;
        if (target != nullptr && target->skips_white_space() && is_indentation(piece))
            return;
        guard(
            user,
            [piece](xml_parser& self, xml_json* record)
            {
                if (record != nullptr)
                    record->text(piece);
                else
                    self.target_.on_text(piece);
            }
        );
    }

    static void XMLCALL
    entity_declared(void* user, const XML_Char*, int, const XML_Char*, int, const XML_Char*, const XML_Char*, const XML_Char*, const XML_Char*)
    {
        static_cast<xml_parser*>(user)->refuse(errc::xml_entity);
    }

    /// An encoding that Expat does not know: tables for those of one byte a character, an error for others.
    static int XMLCALL unknown_encoding(void* user, const XML_Char* name, XML_Encoding* encoding) noexcept
    {
        auto& self = *static_cast<xml_parser*>(user);
        const auto* const table = single_byte_encoding(name);
        if (table == nullptr)
        {
            self.encoding_ = std::string_view(name).substr(0, 40);
            return XML_STATUS_ERROR;
        }
        std::copy(table->begin(), table->end(), encoding->map);
        encoding->data = nullptr;
        encoding->convert = nullptr;
        encoding->release = nullptr;
        return XML_STATUS_OK;
    }

    static void XMLCALL entity_skipped(void* user, const XML_Char*, int)
    {
        static_cast<xml_parser*>(user)->refuse(errc::xml_entity);
    }
};

/// Nothing is to be read any more. Called by Expat's handlers.
void xml_parser::refuse(error_code error) noexcept
{
    over_ = true;
    refused_ = error;
    XML_StopParser(expat_.get(), XML_FALSE);
}

void xml_parser::deleter::operator()(XML_ParserStruct* parser) const noexcept
{
    XML_ParserFree(parser);
}

xml_parser::xml_parser(xml_handler& target, std::size_t max_token_bytes)
    : target_(target),
      max_token_bytes_(max_token_bytes)
{
    const memory counted(held_);
    expat_.reset(XML_ParserCreate_MM(nullptr, &memory::functions, nullptr));
    if (!expat_)
        throw std::bad_alloc();
    XML_SetUserData(expat_.get(), this);
    XML_SetElementHandler(expat_.get(), callbacks::start, callbacks::end);
    XML_SetCharacterDataHandler(expat_.get(), callbacks::text);
    XML_SetEntityDeclHandler(expat_.get(), callbacks::entity_declared);
    XML_SetSkippedEntityHandler(expat_.get(), callbacks::entity_skipped);
    XML_SetUnknownEncodingHandler(expat_.get(), callbacks::unknown_encoding, this);
}

xml_parser::~xml_parser()
{
    const memory counted(held_);
    expat_.reset();
}

result<progress> xml_parser::feed(std::string_view& bytes)
{
    return parse(bytes, false);
}

result<progress> xml_parser::finish()
{
    std::string_view nothing;
    return parse(nothing, true);
}

/// Scrubs and parses piece by piece. A pause keeps Expat's unread part; the next call resumes there.
result<progress> xml_parser::parse(std::string_view& bytes, bool last)
{
    const memory counted(held_);
    // What Expat still holds of the last piece comes first.
    if (std::exchange(paused_, false))
    {
        const auto resumed = outcome(XML_ResumeParser(expat_.get()), finished_);
        if (!resumed || *resumed == progress::paused)
            return resumed;
    }
    while (!finished_)
    {
        // The scrubber writes into Expat's own buffer, without a copy.
        void* const room = XML_GetBuffer(expat_.get(), static_cast<int>(piece_bytes));
        if (room == nullptr)
            return fail(errc::xml_too_large);
        const auto size = scrubber_.scrub(bytes, {static_cast<char*>(room), piece_bytes}, last);
        if (size == 0 && !last)
            break;
        if (fed_ == 0 && scrubber_.is_utf8())
            XML_SetEncoding(expat_.get(), "UTF-8");  // whatever the declaration calls it
        // A full piece may have more behind it, so the end is reported to Expat only with one that is not full.
        finished_ = last && size < piece_bytes;
        fed_ += size;
        const auto parsed = outcome(XML_ParseBuffer(expat_.get(), static_cast<int>(size), finished_), finished_);
        if (!parsed || *parsed == progress::paused)
            return parsed;
    }
    return progress::hungry;
}

/// What Expat's status means for the caller.
result<progress> xml_parser::outcome(int status, bool last)
{
    // First what a callback noted: Expat itself only reports that it was stopped.
    if (thrown_)
        std::rethrow_exception(std::exchange(thrown_, nullptr));
    if (refused_)
        return fail(refused_);
    // Then Expat's own errors, those first that have a name of ours.
    if (status == XML_STATUS_ERROR && XML_GetErrorCode(expat_.get()) == XML_ERROR_UNDEFINED_ENTITY)
        return fail(errc::xml_entity);
    if (status == XML_STATUS_ERROR && XML_GetErrorCode(expat_.get()) == XML_ERROR_NO_MEMORY)
        return fail(errc::xml_too_large);
    if (status == XML_STATUS_ERROR)
        return fail(last && is_cut(XML_GetErrorCode(expat_.get())) ? errc::root_not_closed : errc::xml_malformed);
    if (status == XML_STATUS_SUSPENDED)
    {
        paused_ = true;
        return progress::paused;
    }

    // What Expat was fed but has not reported yet is the unfinished token that it keeps in memory.
    const auto at = byte_index(expat_.get());
    reported_ = at < 0 ? reported_ : static_cast<std::uint64_t>(at);
    if (!last && fed_ - reported_ > max_token_bytes_)
        return fail(errc::xml_too_large);
    return progress::hungry;
}

/// Whether the tag that is reported refers to an entity that is not XML's own. Behind an unread DTD Expat drops such a
/// one from an attribute without any callback.
bool xml_parser::tag_uses_entity() const
{
    context_offset at = 0;
    context_size size = 0;
    const char* const context = input_context(expat_.get(), &at, &size);
    if (context == nullptr)
        return false;
    std::string_view rest(context + at, static_cast<std::size_t>(byte_count(expat_.get())));
    if (rest.find('\0') != std::string_view::npos)
        return false;  // UTF-16
    constexpr std::array<std::string_view, 6> allowed{"#", "amp;", "lt;", "gt;", "quot;", "apos;"};
    for (auto mark = rest.find('&'); mark != std::string_view::npos; mark = rest.find('&'))
    {
        rest.remove_prefix(mark + 1);
        const auto fits = [rest](std::string_view name) { return rest.starts_with(name); };
        if (std::none_of(allowed.begin(), allowed.end(), fits))
            return true;
    }
    return false;
}

/// Notes the place and the words of an error, and returns it.
error_code xml_parser::fail(error_code error)
{
    fault_.line = line_number(expat_.get());
    fault_.column = column_number(expat_.get());
    const auto code = XML_GetErrorCode(expat_.get());
    fault_.what = error == errc::xml_malformed ? XML_ErrorString(code) : error.message();
    if (refused_ && error == errc::xml_malformed)
        fault_.what = refused_words_;
    if (!encoding_.empty())
    {
        fault_.encoding = true;
        fault_.what = "the encoding \"" + encoding_ + "\" is not supported";
    }
    fault_.excerpt = excerpt();
    return error;
}

/// Around the place of the error, of what Expat still has: 1024 bytes in front of it (XML_CONTEXT_BYTES), and what was
/// fed last.
std::string xml_parser::excerpt() const
{
    context_offset at = 0;
    context_size size = 0;
    const char* const context = input_context(expat_.get(), &at, &size);
    if (context == nullptr || at < 0 || std::cmp_less(size, at))
        return {};
    return excerpt_around({context, static_cast<std::size_t>(size)}, static_cast<std::size_t>(at));
}

}  // namespace qdc::decode
