#include "decode/xml_json.hpp"

#include "base/json_text.hpp"
#include "base/text.hpp"

#include <utility>

namespace qdc::decode
{
xml_json::xml_json(element_names& names, std::size_t field_limit)
    : names_(names),
      field_limit_(field_limit),
      text_(field_limit)
{
    levels_.emplace_back().mixed = field_text(field_limit_);
}

void xml_json::begin(const char* const* attributes)
{
    empty_for_reuse(out_);
    out_ += '{';
    text_.clear();
    mixed_bytes_ = 0;
    members_.clear();
    depth_ = 0;
    levels_[0].object = true;
    levels_[0].seen.reset();
    levels_[0].mixed.clear();
    trims_front_ = true;
    if (attributes != nullptr)
        write_attributes(attributes);
}

std::string_view xml_json::open_text() const noexcept
{
    return trimmed(text_.text());
}

void xml_json::start(std::string_view name, const char* const* attributes)
{
    const auto& found = names_.at(name);
    if (found.kind == element_kind::unknown)
        ++unknown_;
    if (levels_.size() == depth_ + 1)
        levels_.emplace_back().mixed = field_text(field_limit_);  // before references into levels_ are taken

    auto& parent = levels_[depth_];
    if (!parent.object)
        open_object(parent);
    if (!open_text().empty())
    {
        parent.mixed.append(text_);
        mixed_bytes_ += text_.size();
    }
    text_.clear();

    auto& fresh = enter(found, parent);
    place(fresh, parent);
    trims_front_ = found.kind != element_kind::verbatim;
    if (*attributes != nullptr)
    {
        open_object(fresh);
        write_attributes(attributes);
    }
}

xml_json::level& xml_json::enter(const element& name, const level& parent)
{
    auto& fresh = levels_[++depth_];
    const bool in_lists = parent.name != nullptr && parent.name->kind == element_kind::list_of_lists;
    fresh.name = &name;
    fresh.object = false;
    fresh.lists_members = in_lists || name.kind == element_kind::list;
    fresh.detached = false;
    return fresh;
}

void xml_json::open_object(level& at)
{
    out_ += '{';
    at.object = true;
    at.members = members_.size();
    at.seen.reset();
    at.mixed.clear();
}

/// Finds the place of the fresh element's value in its parent: a new member, or one more item of an earlier one.
void xml_json::place(level& fresh, level& parent)
{
    const auto& name = *fresh.name;
    const auto earlier = find_member(parent, name);
    if (earlier == members_.size())
    {
        const bool list = parent.lists_members || name.kind == element_kind::repeated;
        out_ += out_.back() == '{' ? std::string_view(name.key).substr(1) : std::string_view(name.key);
        members_.push_back({&name, out_.size(), 0, list});
        if (list)
            out_ += '[';
        if (name.id < parent.seen.size())
            parent.seen.set(name.id);
    }
    else if (auto& same = members_[earlier]; same.end == out_.size())
    {
        if (same.list)
            out_.pop_back();
        else
            out_.insert(same.begin, 1, '[');
        same.list = true;
        out_ += ',';
    }
    else
    {
        fresh.detached = true;
    }
    fresh.own = earlier;
    fresh.begin = out_.size();
}

/// The place of the member of that name, or the place where it will be.
std::size_t xml_json::find_member(const level& parent, const element& name) const
{
    if (name.id < parent.seen.size() && !parent.seen.test(name.id))
        return members_.size();
    for (auto at = parent.members; at < members_.size(); ++at)
        if (members_[at].name == &name)
            return at;
    return members_.size();
}

void xml_json::write_attributes(const char* const* attributes)
{
    for (; *attributes != nullptr; attributes += 2)
    {
        if (out_.back() != '{')
            out_ += ',';
        out_ += "\"@";
        append_json_escaped(out_, attributes[0]);
        out_ += "\":";
        append_json_string(out_, attributes[1]);
    }
}

void xml_json::end()
{
    auto& ended = levels_[depth_];
    if (ended.object)
    {
        write_own_text(ended);
        out_ += '}';
        members_.resize(ended.members);
    }
    else
    {
        write_leaf(ended);
    }
    text_.clear();
    const auto& parent = levels_[--depth_];
    trims_front_ = parent.mixed.empty() && (parent.name == nullptr || parent.name->kind != element_kind::verbatim);

    if (ended.detached)
    {
        move_into_list(ended);
        return;
    }
    auto& own = members_[ended.own];
    if (own.list)
        out_ += ']';
    own.end = out_.size();
}

void xml_json::write_leaf(const level& at)
{
    const auto value = whole_text(at);
    if (value.empty() && (at.lists_members || at.name->kind == element_kind::list_holder))
        out_ += "{}";
    else
        write_text(value);
}

void xml_json::write_own_text(level& at)
{
    if (!at.mixed.empty())
    {
        at.mixed.append(text_);
        std::swap(text_, at.mixed);
    }
    const auto value = whole_text(at);
    if (value.empty())
        return;
    if (out_.back() != '{')
        out_ += ',';
    out_ += "\"#text\":";
    write_text(value);
}

/// The text of the element that ends.
std::string_view xml_json::whole_text(const level& at)
{
    if (text_.finish())
        ++cut_;
    return at.name->kind == element_kind::verbatim ? std::string_view(text_.text()) : open_text();
}

void xml_json::write_text(std::string_view value)
{
    if (value.size() > usual_bytes)
        make_room_for_json(out_, value);
    append_json_string(out_, value);
}

void xml_json::move_into_list(const level& ended)
{
    const std::string value = ',' + out_.substr(ended.begin);
    out_.resize(ended.begin);

    auto& list = members_[ended.own];
    if (list.list)
    {
        out_.insert(list.end - 1, value);
    }
    else
    {
        out_.insert(list.end, value + ']');
        out_.insert(list.begin, 1, '[');
        list.list = true;
    }
    const auto grown = out_.size() - ended.begin;
    list.end += grown;
    for (auto later = ended.own + 1; later < members_.size(); ++later)
    {
        members_[later].begin += grown;
        members_[later].end += grown;
    }
}

}  // namespace qdc::decode
