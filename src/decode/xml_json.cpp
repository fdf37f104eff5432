#include "decode/xml_json.hpp"

#include "base/error.hpp"
#include "base/json_text.hpp"
#include "base/text.hpp"
#include "decode/json_string.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

// An element in, and the record after its end:
//
//   <HOST id="7"><IP>10.0.0.1</IP><TAG>a</TAG><TAG>b</TAG><OS v="1">Linux<B/>x</OS><DNS/></HOST>
//
//   {"@id":"7","IP":"10.0.0.1","TAG":["a","b"],"OS":{"@v":"1","B":"","#text":"Linuxx"},"DNS":""
//
// A second TAG makes a list of the first one. Where another member stands between them, the second one is a late value:
// it is written where it came, and join_late_values() moves it when its object ends:
//
//   <TAG>a</TAG><IP>1</IP><TAG>b</TAG>     {"TAG":"a","IP":"1""b"     ->     {"TAG":["a","b"],"IP":"1"
//
// Each element begins as a leaf: its text is written into out_ as it comes. With an attribute or a child it becomes an
// object, and its text is kept for "#text" at its end.
namespace qdc::decode
{
namespace
{

/// Appends the inside of a JSON string.
inline void append_escaped(text_buffer& out, std::string_view text)
{
    constexpr std::size_t part_bytes = 1024;  // room is asked for the worst case: six times that
    for (; text.size() > part_bytes; text.remove_prefix(part_bytes))
        out.end_at(write_json_escaped(text.substr(0, part_bytes), out.room(json_escaped_room(part_bytes))));
    out.end_at(write_json_escaped(text, out.room(json_escaped_room(text.size()))));
}

}  // namespace

xml_json::xml_json(element_names& names, std::size_t field_limit, std::size_t record_limit)
    : names_(names),
      field_limit_(field_limit),
      record_limit_(record_limit),
      text_(field_limit)
{
    levels_.emplace_back().mixed = field_text(field_limit_);
}

void xml_json::begin(const char* const* attributes)
{
    out_.clear();
    text_.clear();
    mixed_bytes_ = 0;
    members_.clear();
    late_.clear();
    depth_ = 0;
    open_object(levels_[0]);
    in_leaf_ = false;
    trims_front_ = true;
    if (attributes != nullptr)
        write_attributes(attributes);
}

/// The text of a leaf stands in out_ behind its quote; that of an object is gathered in text_.
std::string_view xml_json::open_text() const noexcept
{
    if (!in_leaf_)
        return trimmed(text_.text());
    const auto begin = levels_[depth_].begin + 1;
    return trimmed(out_.view().substr(begin, value_end_ - begin));
}

void xml_json::start(const char* name, const char* const* attributes)
{
    const auto& found = names_.at(name);
    if (found.kind == element_kind::unknown)
        ++unknown_;
    // The element around it has a child now, so it cannot stay a leaf.
    if (in_leaf_ || !text_.empty())
        become_object(levels_[depth_]);
    if (levels_.size() == depth_ + 1)
        open_level();  // before references into levels_ are taken

    // One level deeper. What its kind and its parent's kind say about lists is noted once here.
    auto& parent = levels_[depth_];
    auto& fresh = levels_[++depth_];
    fresh.name = &found;
    fresh.lists_members = found.kind == element_kind::list || parent.lists_below;
    fresh.lists_below = found.kind == element_kind::list_of_lists;
    fresh.detached = false;
    // The slot of the name shows whether the parent has a member of that name already.
    auto& earlier = slot_of(found);
    if (earlier.object != parent.object)
        add_member(fresh, parent, earlier);
    else
        place(fresh, earlier.member);

    // It begins as a leaf: a quote, then its text.
    fresh.begin = out_.size();
    out_.append('"');
    in_leaf_ = true;
    verbatim_ = found.kind == element_kind::verbatim;
    trims_front_ = !verbatim_;
    value_end_ = out_.size();
    room_left_ = field_limit_;
    left_out_ = 0;
    if (*attributes != nullptr)
    {
        become_object(fresh);
        write_attributes(attributes);
    }
}

/// It has attributes or children: what text it had so far is kept for its end.
void xml_json::become_object(level& current)
{
    if (in_leaf_)
    {
        // The text stands in out_ already, escaped. It is read back, and its place becomes that of the object.
        json_string read;
        read.begin(true);
        auto escaped = out_.view().substr(current.begin + 1);
        read.read(escaped);
        text_.append(read.text());
        text_.leave_out(left_out_);
        out_.shrink(current.begin);
        open_object(current);
        in_leaf_ = false;
    }
    // White space in front of the first text is indentation; between texts it is part of them, whatever stands there.
    if (!current.mixed.empty() || !trimmed(text_.text()).empty())
    {
        current.mixed.append(text_);
        mixed_bytes_ += text_.size();
        current.trims = false;
    }
    text_.clear();
}

/// Begins an object at the end of out_, with a serial number that no other object has.
void xml_json::open_object(level& current)
{
    out_.append('{');
    current.members = members_.size();
    current.late = late_.size();
    current.object = ++objects_;
    current.trims = current.name == nullptr || current.name->kind != element_kind::verbatim;
    current.mixed.clear();
}

/// One level deeper than any record so far.
void xml_json::open_level()
{
    if (depth_ == depth_limit)
        throw boost::system::system_error(errc::xml_too_deep);
    levels_.emplace_back().mixed = field_text(field_limit_);
}

/// The slot of a name. Ids are dense, so an index replaces a search.
xml_json::slot& xml_json::slot_of(const element& name)
{
    if (name.id >= slots_.size())
        slots_.resize(name.id + name.id / 2 + 1);
    return slots_[name.id];
}

/// A name that its parent has not had yet: writes the key, and the bracket when its kind says that it is a list.
void xml_json::add_member(level& fresh, const level& parent, slot& found)
{
    const auto& name = *fresh.name;
    const bool list = parent.lists_members || name.kind == element_kind::repeated;
    out_.append(std::string_view(name.key).substr(out_.back() == '{' ? 1 : 0));
    fresh.own = members_.size();
    // The slot of the name is saved in the member and restored when the object ends.
    members_.push_back({&name, out_.size(), 0, list, found});
    found = {parent.object, fresh.own};
    if (list)
        out_.append('[');
    if (name.kind == element_kind::unknown && members_.size() > member_limit)
        throw boost::system::system_error(errc::record_too_large);
}

/// Finds the place of a value whose name its parent has already, at `earlier` in members_: one more item.
void xml_json::place(level& fresh, std::size_t earlier)
{
    fresh.own = earlier;
    auto& same = members_[earlier];
    // The earlier value is the last thing written: reopen its list, or make a list of it, and go on behind a comma.
    if (same.end == out_.size())
    {
        if (same.list)
            out_.shrink(out_.size() - 1);
        else
            out_.insert(same.begin, "[");
        same.list = true;
        out_.append(',');
        return;
    }
    // Something stands in between: a late value. Several for the same member in a row share one entry.
    if (late_.size() == member_limit)
        throw boost::system::system_error(errc::record_too_large);
    fresh.detached = true;
    if (!late_.empty() && late_.back().member == earlier && late_.back().end == out_.size())
        out_.append(',');
    else
        late_.push_back({earlier, out_.size(), 0});
}

/// Attributes as members in front of all others. `attributes` is Expat's list.
void xml_json::write_attributes(const char* const* attributes)
{
    for (; *attributes != nullptr; attributes += 2)
    {
        if (out_.back() != '{')
            out_.append(',');
        out_.append("\"@");
        append_escaped(out_, attributes[0]);
        out_.append("\":\"");
        append_escaped(out_, attributes[1]);
        out_.append('"');
    }
}

void xml_json::text(std::string_view piece)
{
    // The usual piece is text of a leaf without white space at its ends: it is escaped to its place at once.
    const bool in_front = trims_front_ && is_white_space(piece.front());
    const bool at_end = !verbatim_ && is_white_space(piece.back());
    if (!in_leaf_ || in_front || at_end || piece.size() > room_left_)
    {
        rare_text(piece);
        return;
    }
    append_escaped(out_, piece);
    trims_front_ = false;
    room_left_ -= piece.size();
    value_end_ = out_.size();
}

/// A piece with white space at an end, of an object, or beyond the limit.
void xml_json::rare_text(std::string_view piece)
{
    if (trims_front_)
        piece = without_leading_white_space(piece);
    if (piece.empty())
        return;
    trims_front_ = false;
    if (!in_leaf_)
        text_.append(piece);
    else if (piece.size() <= room_left_)
        write_text(piece);
    else
        write_part(piece);
}

/// White space at the end is written, as more text may follow; value_end_ notes where the value ends without it.
void xml_json::write_text(std::string_view piece)
{
    room_left_ -= piece.size();
    const auto value = verbatim_ ? piece : without_trailing_white_space(piece);
    append_escaped(out_, value);
    if (!value.empty())
        value_end_ = out_.size();
    append_escaped(out_, piece.substr(value.size()));
}

/// Once something is left out nothing follows it, however short: a value has no gap in its middle.
void xml_json::write_part(std::string_view piece)
{
    left_out_ += piece.size() - room_left_;
    write_text(piece.substr(0, room_left_));
    room_left_ = 0;
}

/// Closes the string of a leaf: without trailing white space, or with the cut mark.
inline void xml_json::end_leaf(const level& current)
{
    if (left_out_ != 0)
        mark_cut(current);
    else
        out_.shrink(value_end_);
    // An empty list is {}: it must not look like an empty text.
    if (out_.size() == current.begin + 1 && (current.lists_members || current.name->kind == element_kind::list_holder))
    {
        out_.shrink(current.begin);
        out_.append("{}");
        return;
    }
    out_.append('"');
}

void xml_json::end()
{
    // Close the string or the object.
    auto& ended = levels_[depth_];
    if (in_leaf_)
        end_leaf(ended);
    else
        end_object(ended);
    in_leaf_ = false;
    // A value has its own limit, so looking where elements end is soon enough.
    if (out_.size() + mixed_bytes_ > record_limit_)
        throw boost::system::system_error(errc::record_too_large);
    trims_front_ = levels_[--depth_].trims;

    // Note where the value ends, for the next one of its name.
    if (ended.detached)
    {
        late_.back().end = out_.size();
        return;
    }
    auto& own = members_[ended.own];
    if (own.list)
        out_.append(']');
    own.end = out_.size();
}

/// Takes an unfinished character from the end of a cut text, and appends the mark.
void xml_json::mark_cut(const level& current)
{
    const auto torn = unfinished_end(out_.view().substr(current.begin + 1));
    out_.shrink(out_.size() - torn);
    out_.append(cut_mark(left_out_ + torn));
    ++cut_;
}

/// Closes an object: late values to their lists, then its own text as the last member.
void xml_json::end_object(level& current)
{
    if (late_.size() != current.late)
        join_late_values(current);
    // Text behind the last child follows the text in front of the children.
    if (!current.mixed.empty())
    {
        current.mixed.append(text_);
        std::swap(text_, current.mixed);
    }
    if (text_.finish())
        ++cut_;
    const auto value =
        current.name->kind == element_kind::verbatim ? std::string_view(text_.text()) : trimmed(text_.text());
    if (!value.empty())
    {
        out_.append(out_.back() == '{' ? "\"#text\":\"" : ",\"#text\":\"");
        append_escaped(out_, value);
        out_.append('"');
    }
    text_.clear();
    out_.append('}');
    forget_members(current);
}

/// An object is complete: names mean members of the object around it again.
inline void xml_json::forget_members(const level& current)
{
    for (; members_.size() > current.members; members_.pop_back())
        slots_[members_.back().name->id] = members_.back().outer;
}

/// Writes an object again with each late value in the list where it belongs: once for each object that has any, so that
/// the work stays in proportion to the bytes.
void xml_json::join_late_values(const level& current)
{
    const auto written = out_.view();
    // Late values of the same member stay in their order.
    const auto first = late_.begin() + static_cast<std::ptrdiff_t>(current.late);
    std::stable_sort(first, late_.end(), [](const late_value& a, const late_value& b) { return a.member < b.member; });

    std::string joined;
    joined.reserve(written.size() - current.begin + late_.size() * 3);
    // The brace and the attributes come first.
    joined += written.substr(current.begin, members_[current.members].begin - current.begin);
    // Then each member is copied, with its late values in its list; both are in the order of members.
    auto next = first;
    for (auto place = current.members; place < members_.size(); ++place)
    {
        auto& own = members_[place];
        auto value = written.substr(own.begin, own.end - own.begin);
        if (place != current.members)
            joined += own.name->key;
        own.begin = current.begin + joined.size();
        if (next != late_.end() && next->member == place)
        {
            // The list is opened again, or the single value becomes one.
            if (own.list)
                value.remove_suffix(1);
            else
                joined += '[';
            joined += value;
            for (; next != late_.end() && next->member == place; ++next)
                (joined += ',') += written.substr(next->begin, next->end - next->begin);
            joined += ']';
            own.list = true;
        }
        else
        {
            joined += value;
        }
        own.end = current.begin + joined.size();
    }
    late_.resize(current.late);
    out_.shrink(current.begin);
    out_.append(joined);
}

}  // namespace qdc::decode
