#include "sandbox/knowledge.hpp"
#include "sandbox/pages.hpp"
#include "sandbox/xml_out.hpp"

#include <algorithm>
#include <optional>

namespace qdc::sandbox
{
namespace
{

std::string value_of(const parameter_map& given, const std::string& name)
{
    const auto found = given.find(name);
    return found == given.end() ? std::string() : found->second;
}

/// Entries of the KnowledgeBase in the order of their QIDs. Not paged: what was asked for comes in one answer.
class knowledge_list final : public body_source
{
public:
    knowledge_list(const world& in, page_request asked)
        : in_(in),
          asked_(std::move(asked)),
          view_(read_entry_view(asked_.parameters, in.settings)),
          ids_only_(value_of(asked_.parameters, "details") == "None")
    {
        view_.texts = true;
        const auto& given = asked_.parameters;
        if (const auto least = value_of(given, "id_min"); !least.empty())
            next_ = first_entry_from(std::stoull(least));
        if (const auto most = value_of(given, "id_max"); !most.empty())
            id_max_ = std::stoull(most);
        if (const auto ids = value_of(given, "ids"); !ids.empty())
            ids_ = parse_ids(ids);
        after_ = parse_instant(value_of(given, "last_modified_after"));
        before_ = parse_instant(value_of(given, "last_modified_before"));
    }

    body_progress produce(std::string& out) override
    {
        if (!begun_)
        {
            out += document_head(asked_, "KNOWLEDGE_BASE_VULN_LIST_OUTPUT", asked_.path + "dtd/output.dtd");
            begun_ = true;
            return body_progress::more;
        }
        for (; next_ < in_.settings.qids && qid_of(next_) <= id_max_; ++next_)
        {
            if (!wanted(next_))
                continue;
            begin_list(out);
            if (!ids_only_ && is_stuck(in_, next_))
                return body_progress::stuck;
            ids_only_ ? add_id(out, qid_of(next_)) : write(out, next_);
            ++next_;
            return body_progress::more;
        }
        end(out);
        return body_progress::finished;
    }

private:
    bool wanted(std::uint64_t entry) const
    {
        const auto qid = qid_of(entry);
        const auto holds = [qid](const auto& range) { return qid >= range.first && qid <= range.second; };
        if (ids_ && std::none_of(ids_->begin(), ids_->end(), holds))
            return false;
        const auto modified = modified_at(in_, entry, in_.past.version_of_entry(entry));
        if ((after_ && modified < *after_) || (before_ && modified > *before_))
            return false;
        return shows(in_, view_, entry);
    }

    std::string list() const { return ids_only_ ? "ID_SET" : "VULN_LIST"; }

    void begin_list(std::string& out)
    {
        if (!listed_)
            out += "    <" + list() + '>';
        listed_ = true;
    }

    void write(std::string& out, std::uint64_t entry)
    {
        elements_.clear();
        describe_entry(elements_, in_, entry, in_.past.version_of_entry(entry), view_);
        out += "\n      <VULN>";
        append_xml(out, elements_, noise_, 4);
        out += "\n      </VULN>";
        if (++written_ % 50 == 0)
            out += "\n<!-- keep-alive -->";
    }

    /// Neighbouring ids become one range.
    void add_id(std::string& out, std::uint64_t id)
    {
        if (last_ != 0 && id == last_ + 1)
        {
            last_ = id;
            return;
        }
        write_range(out);
        first_ = last_ = id;
    }

    void write_range(std::string& out)
    {
        if (last_ == 0)
            return;
        const auto first = std::to_string(first_);
        out += first_ == last_ ? "\n      <ID>" + first + "</ID>"
                               : "\n      <ID_RANGE>" + first + '-' + std::to_string(last_) + "</ID_RANGE>";
    }

    void end(std::string& out)
    {
        write_range(out);
        if (listed_)
            out += "\n    </" + list() + ">\n";
        out += "  </RESPONSE>\n";
        if (asked_.unclosed)
            return;
        out += "</KNOWLEDGE_BASE_VULN_LIST_OUTPUT>\n";
        out += document_tail();
    }

    const world& in_;
    page_request asked_;
    entry_view view_;
    bool ids_only_;
    std::uint64_t id_max_ = UINT64_MAX;
    std::optional<id_ranges> ids_;
    std::optional<instant> after_;
    std::optional<instant> before_;
    bool begun_ = false;
    bool listed_ = false;
    std::uint64_t next_ = 0;
    std::uint64_t written_ = 0;
    std::uint64_t first_ = 0;
    std::uint64_t last_ = 0;
    document elements_;
    dice noise_{in_.settings.seed, topic::noise, 2};
};

}  // namespace

std::unique_ptr<body_source> knowledge_page(const world& in, page_request asked)
{
    return std::make_unique<knowledge_list>(in, std::move(asked));
}

}  // namespace qdc::sandbox
