#pragma once

#include "decode/element_names.hpp"
#include "decode/field_text.hpp"
#include "decode/text_buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::decode
{

/// Writes the JSON of one XML element while it is being parsed; no tree is built. A piece of text is escaped to its
/// place as it comes.
///
/// Names stay as they are. Text is a string, always. An element with attributes or children is an object: attributes as
/// "@name", its own text last as "#text". Lists: see element_kind; besides those, an element that occurs twice in its
/// parent becomes a list. An empty element is "", an empty list {}. White space around text is trimmed unless the
/// element is verbatim. Text must be valid UTF-8: decode/scrubber.hpp makes it so. Text beyond `field_limit` bytes is
/// cut, see field_text.
class xml_json
{
public:
    /// `names` outlives this. Limits are in bytes.
    explicit xml_json(
        element_names& names, std::size_t field_limit = field_limit_bytes, std::size_t record_limit = record_limit_bytes
    );

    /// Begins a record: an object whose members are the attributes (if given) and children of an element. What was
    /// written before is gone.
    void begin(const char* const* attributes = nullptr);

    /// A child begins, at any depth. `attributes` as in xml_handler. Throws boost::system::system_error, as end() does:
    /// errc::xml_too_deep, or errc::record_too_large for too many members.
    void start(const char* name, const char* const* attributes);

    /// A piece, not empty, of the text of the element that is open.
    void text(std::string_view piece);

    /// Whether white space alone would be dropped if it came as the next piece.
    bool skips_white_space() const noexcept { return trims_front_; }

    /// The element that is open ends. Throws boost::system::system_error with errc::record_too_large: the record is not
    /// to be used.
    void end();

    /// Elements open below the record: 0 between its children.
    std::size_t depth() const noexcept { return depth_; }

    /// The record so far, without its closing brace. Call at depth 0 only. Valid until the next call.
    std::string_view object()
    {
        if (!late_.empty())
            join_late_values(levels_[0]);
        return out_.view();
    }

    /// Text of the element that is open, trimmed, as JSON writes it. Valid until the next call.
    std::string_view open_text() const noexcept;

    /// Undocumented elements met since the beginning.
    std::uint64_t unknown() const noexcept { return unknown_; }

    /// Texts cut since the beginning.
    std::uint64_t cut() const noexcept { return cut_; }

private:
    /// Where the member of a name is: in the object of that serial number, which no other object of any record has.
    struct slot
    {
        std::uint64_t object{0};
        std::size_t member{0};
    };

    /// A member that is written. Offsets are into out_ and enclose its value.
    struct member
    {
        const element* name;
        std::size_t begin;
        std::size_t end;
        bool list;
        slot outer;  ///< the name's slot before: an object around may have a member of that name too
    };

    /// One more value of an earlier member, or several with commas between them, written where it came. Its place in
    /// the list of that member is behind others, so it moves there only once, when its object ends.
    struct late_value
    {
        std::size_t member;
        std::size_t begin;
        std::size_t end;
    };

    /// An element that is open.
    struct level
    {
        const element* name{nullptr};
        bool lists_members{false};  ///< its kind, or its parent's, makes lists of its members
        bool lists_below{false};    ///< its kind makes lists of the members of its children
        bool trims{true};           ///< white space in front of its next text is none of the text
        bool detached{false};       ///< its value is a late one
        std::size_t begin{0};       ///< where its value begins in out_, with its quote or brace
        std::size_t own{0};         ///< its own place in members_
        std::size_t members{0};     ///< its first member's place in members_
        std::size_t late{0};        ///< its first late value's place in late_
        std::uint64_t object{0};    ///< its serial number
        field_text mixed;           ///< text in front of children: rare
    };

    void become_object(level& current);
    void open_object(level& current);
    void open_level();
    slot& slot_of(const element& name);
    void add_member(level& fresh, const level& parent, slot& found);
    void place(level& fresh, std::size_t earlier);
    void write_attributes(const char* const* attributes);
    void rare_text(std::string_view piece);
    void write_text(std::string_view piece);
    void write_part(std::string_view piece);
    void end_leaf(const level& current);
    void end_object(level& current);
    void mark_cut(const level& current);
    void join_late_values(const level& current);
    void forget_members(const level& current);

    element_names& names_;
    text_buffer out_;
    std::size_t field_limit_;
    std::size_t record_limit_;
    bool trims_front_{true};  ///< no text of the open element came yet, and white space in front is none of it
    // The text of the open element, as long as it has no attributes and no children: it stands at the end of out_.
    bool in_leaf_{false};
    bool verbatim_{false};       ///< white space at its end belongs to it
    std::size_t value_end_{0};   ///< in out_: behind its last byte that is no white space
    std::size_t room_left_{0};   ///< bytes up to the limit
    std::uint64_t left_out_{0};  ///< bytes beyond it
    // Of an object:
    field_text text_;             ///< in an object, since its last child
    std::size_t mixed_bytes_{0};  ///< of all texts in front of children in this record
    std::vector<level> levels_;   ///< [0] is the record; levels beyond depth_ keep their memory for reuse
    std::size_t depth_{0};
    std::vector<member> members_;   ///< of all objects that are open
    std::vector<slot> slots_;       ///< by an element's id
    std::vector<late_value> late_;  ///< of all objects that are open
    std::uint64_t objects_{0};      ///< serial numbers given
    std::uint64_t unknown_{0};
    std::uint64_t cut_{0};
};

}  // namespace qdc::decode
