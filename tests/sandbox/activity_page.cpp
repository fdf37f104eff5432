#include "sandbox/activity.hpp"
#include "sandbox/pages.hpp"

#include <charconv>
#include <optional>

namespace qdc::sandbox
{
namespace
{

void append_field(std::string& out, std::string_view text)
{
    out += '"';
    for (const char c : text)
    {
        if (c == '"')
            out += '"';
        out += c;
    }
    out += '"';
}

/// Rows from new to old, in one of the three framings on record (activity log of the Qualys API).
class activity_rows final : public body_source
{
public:
    activity_rows(const world& in, page_request asked)
        : in_(in),
          asked_(std::move(asked)),
          limit_(page_limit(asked_.parameters)),
          since_(time_of("since_datetime")),
          until_(time_of("until_datetime")),
          left_(activity_count(in))
    {
        if (const auto found = asked_.parameters.find("id_max"); found != asked_.parameters.end())
        {
            std::uint64_t id = 0;
            std::from_chars(found->second.data(), found->second.data() + found->second.size(), id);
            left_ = rows_up_to(in_, in.settings.id_max_exclusive ? id - 1 : id);
        }
        next_ = before(left_);
        // How the page is framed depends on how it will end.
        auto end = next_;
        for (std::uint64_t rows = 0; end && (limit_ == 0 || rows < limit_); ++rows)
            end = before(*end);
        follows_ = end;
    }

    body_progress produce(std::string& out) override
    {
        if (!begun_)
        {
            begun_ = true;
            if (framed())
                out += "----BEGIN_RESPONSE_BODY_CSV\n";
            write_row(out, activity_columns);
            return body_progress::more;
        }
        if (next_ && next_ != follows_)
        {
            last_ = *next_;
            write_row(out, activity_of(in_, *next_).fields);
            next_ = before(*next_);
            return body_progress::more;
        }
        if (framed())
            out += "----END_RESPONSE_BODY_CSV\n";
        if (follows_)
            write_footer(out);
        else if (in_.settings.activity_framing == "footer")
            out += "----BEGIN_RESPONSE_FOOTER_CSV\n\"Status Message\"\n\"Finished\"\n----END_RESPONSE_FOOTER_CSV\n";
        return body_progress::finished;
    }

private:
    bool framed() const { return follows_ || in_.settings.activity_framing != "bare"; }

    std::optional<instant> time_of(const std::string& name) const
    {
        const auto found = asked_.parameters.find(name);
        return found == asked_.parameters.end() ? std::nullopt : parse_instant(found->second);
    }

    bool wanted(std::uint64_t row) const
    {
        const auto at = activity_time(in_, row);
        const auto edge = std::chrono::seconds(in_.settings.edges_exclusive ? 1 : 0);
        if ((since_ && at < *since_ + edge) || (until_ && at > *until_ - edge))
            return false;
        const auto same = [this, row](const std::string& name, std::size_t field)
        {
            const auto found = asked_.parameters.find(name);
            return found == asked_.parameters.end() || activity_of(in_, row).fields[field] == found->second;
        };
        // Who is no manager sees what he did himself.
        const auto& s = in_.settings;
        const bool visible = !s.refuse_username || activity_of(in_, row).fields[4] == s.user;
        return visible && same("username", 4) && same("user_action", 1);
    }

    /// The newest wanted row below `row`.
    std::optional<std::uint64_t> before(std::uint64_t row) const
    {
        while (row > 0)
        {
            --row;
            if (wanted(row))
                return row;
            if (row < in_.settings.activity && since_ && activity_time(in_, row) < *since_)
                break;  // the seed's rows are in order of time
        }
        return std::nullopt;
    }

    template <class Fields>
    static void write_row(std::string& out, const Fields& fields)
    {
        bool first = true;
        for (const auto& field : fields)
        {
            out += first ? "" : ",";
            first = false;
            append_field(out, field);
        }
        out += '\n';
    }

    void write_footer(std::string& out) const
    {
        const auto cursor = activity_id(in_.settings.id_max_exclusive ? last_ : *follows_);
        out += "----BEGIN_RESPONSE_FOOTER_CSV\nWARNING\n\"CODE\",\"TEXT\",\"URL\"\n\"1980\",\"" +
               std::to_string(limit_) + " record limit exceeded. Use URL to get next batch of results.\",\"" +
               next_url(in_, asked_, "id_max", cursor) + "\"\n----END_RESPONSE_FOOTER_CSV\n";
    }

    const world& in_;
    page_request asked_;
    std::uint64_t limit_;
    std::optional<instant> since_;
    std::optional<instant> until_;
    std::uint64_t left_;
    std::optional<std::uint64_t> next_;
    std::optional<std::uint64_t> follows_;  ///< the first row of the next page
    std::uint64_t last_ = 0;
    bool begun_ = false;
};

}  // namespace

std::unique_ptr<body_source> activity_page(const world& in, page_request asked)
{
    return std::make_unique<activity_rows>(in, std::move(asked));
}

}  // namespace qdc::sandbox
