#include "sandbox/pages.hpp"
#include "sandbox/rng.hpp"
#include "sandbox/scans.hpp"
#include "sandbox/xml_out.hpp"

#include <algorithm>

namespace qdc::sandbox
{
namespace
{

std::string_view value_of(const parameter_map& parameters, const std::string& name)
{
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::string_view{} : std::string_view(found->second);
}

bool holds_word(std::string_view list, std::string_view word)
{
    while (!list.empty())
    {
        const auto part = list.substr(0, list.find(','));
        if (part == word)
            return true;
        list.remove_prefix(std::min(list.size(), part.size() + 1));
    }
    return false;
}

class listed_scans final : public body_source
{
public:
    listed_scans(const world& in, page_request asked) : in_(in), asked_(std::move(asked))
    {
        if (const auto after = value_of(asked_.parameters, "launched_after_datetime"); !after.empty())
            after_ = *parse_instant(after);
        else if (value_of(asked_.parameters, "launched_before_datetime").empty())
            after_ = now() - std::chrono::days(30);
        if (const auto before = value_of(asked_.parameters, "launched_before_datetime"); !before.empty())
            before_ = *parse_instant(before);
        last_only_ = value_of(asked_.parameters, "show_last") == "1";
    }

    body_progress produce(std::string& out) override
    {
        if (!begun_)
        {
            const auto dtd = asked_.path + "scan_list_output.dtd";
            out += document_head(asked_, "SCAN_LIST_OUTPUT", dtd);
            begun_ = true;
        }
        for (; next_ < in_.past.scan_count(); ++next_)
        {
            if (!wanted(next_))
                continue;
            out += listed_ == 0 ? "    <SCAN_LIST>" : "";
            ++listed_;
            write(out, next_++);
            if (last_only_)
                next_ = in_.past.scan_count();
            return body_progress::more;
        }
        out += listed_ == 0 ? "  </RESPONSE>\n" : "\n    </SCAN_LIST>\n  </RESPONSE>\n";
        out += "</SCAN_LIST_OUTPUT>\n";
        out += document_tail();
        return body_progress::finished;
    }

private:
    bool wanted(std::uint64_t scan) const
    {
        const auto launched = launched_at(in_, scan);
        const auto state = value_of(asked_.parameters, "state");
        const auto reference = value_of(asked_.parameters, "scan_ref");
        const auto type = value_of(asked_.parameters, "type");
        const auto processed = value_of(asked_.parameters, "processed");
        const auto edge = std::chrono::seconds(in_.settings.edges_exclusive ? 1 : 0);
        if (after_ && launched < *after_ + edge)
            return false;
        if (before_ && launched > *before_ - edge)
            return false;
        if (!state.empty() && !holds_word(state, state_name(in_.past.state_of(scan))))
            return false;
        if (!type.empty() && type != type_of(scan))
            return false;
        if (!processed.empty() && (processed == "1") != is_processed(scan))
            return false;
        return reference.empty() || reference == scan_reference(in_, scan);
    }

    static std::string_view type_of(std::uint64_t scan) { return scan % 3 == 0 ? "Scheduled" : "API"; }

    bool is_processed(std::uint64_t scan) const
    {
        const auto state = in_.past.state_of(scan);
        return state == scan_state::finished || state == scan_state::finished_empty;
    }

    std::string_view duration_of(std::uint64_t scan) const
    {
        switch (in_.past.state_of(scan))
        {
            case scan_state::queued:
                return "Pending";
            case scan_state::running:
                return "Running";
            default:
                return scan % 7 == 0 ? "2 days 01:12:09" : "01:12:09";
        }
    }

    void write(std::string& out, std::uint64_t scan)
    {
        const auto& given = asked_.parameters;
        const auto state = in_.past.state_of(scan);
        elements_.clear();
        elements_.leaf("REF", elements_.keep(scan_reference(in_, scan)));
        elements_.leaf("TYPE", type_of(scan));
        elements_.leaf("TITLE", scan % 2 == 0 ? "Weekly DMZ & edge" : "Büro – täglich <neu>");
        elements_.leaf("USER_LOGIN", elements_.keep(in_.settings.user));
        elements_.time("LAUNCH_DATETIME", launched_at(in_, scan));
        elements_.leaf("DURATION", duration_of(scan));
        elements_.leaf("PROCESSING_PRIORITY", "0 - No Priority");
        elements_.leaf("PROCESSED", is_processed(scan) ? "1" : "0");
        if (value_of(given, "show_status") != "0")
        {
            const auto status = elements_.open("STATUS");
            elements_.leaf("STATE", state_name(state));
            if (state == scan_state::finished_empty)
                elements_.leaf("SUB_STATE", "No_Vuln");
            elements_.close(status);
        }
        if (value_of(given, "ignore_target") != "1")
            elements_.leaf("TARGET", "192.0.2.0-192.0.2.63");
        if (value_of(given, "show_ags") == "1")
        {
            const auto groups = elements_.open("ASSET_GROUP_TITLE_LIST");
            elements_.leaf("ASSET_GROUP_TITLE", "DMZ");
            elements_.close(groups);
        }
        if (value_of(given, "show_op") == "1")
        {
            const auto profile = elements_.open("OPTION_PROFILE");
            elements_.leaf("TITLE", "Initial Options");
            elements_.leaf("DEFAULT_FLAG", "1");
            elements_.close(profile);
        }
        out += "\n      <SCAN>";
        append_xml(out, elements_, noise_, 4);
        out += "\n      </SCAN>";
    }

    const world& in_;
    page_request asked_;
    std::optional<instant> after_;
    std::optional<instant> before_;
    bool last_only_ = false;
    bool begun_ = false;
    std::uint64_t next_ = 0;
    std::uint64_t listed_ = 0;
    document elements_;
    dice noise_{in_.settings.seed, topic::noise, 1};
};

}  // namespace

std::unique_ptr<body_source> scan_list_page(const world& in, page_request asked)
{
    return std::make_unique<listed_scans>(in, std::move(asked));
}

}  // namespace qdc::sandbox
