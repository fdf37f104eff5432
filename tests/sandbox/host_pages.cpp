#include "sandbox/detections.hpp"
#include "sandbox/host_documents.hpp"
#include "sandbox/hosts.hpp"
#include "sandbox/pages.hpp"
#include "sandbox/xml_out.hpp"

#include <algorithm>
#include <optional>

namespace qdc::sandbox
{
namespace
{

/// The frame that both host services share: hosts in ascending order, cut at the limit, WARNING with the next id.
class paged_hosts : public body_source
{
public:
    paged_hosts(const world& in, page_request asked)
        : in_(in),
          asked_(std::move(asked)),
          filter_(read_filter(asked_.parameters, in.settings.edges_exclusive)),
          view_(read_view(asked_.parameters, in.settings)),
          limit_(page_limit(asked_.parameters)),
          noise_(in.settings.seed, topic::noise, filter_.id_min)
    {
    }

    body_progress produce(std::string& out) final
    {
        switch (where_)
        {
            case place::head:
                begin(out);
                return body_progress::more;
            case place::hosts:
                return continue_hosts(out);
            case place::tail:
                end(out);
                return body_progress::finished;
        }
        return body_progress::finished;
    }

protected:
    virtual std::string_view root() const = 0;
    virtual std::string dtd() const = 0;

    virtual std::string_view list() const { return "HOST_LIST"; }

    virtual bool listed(std::uint64_t host, std::uint64_t version) const = 0;

    /// Appends the next part of a host; true when that was the last part.
    virtual bool write_part(std::string& out, std::uint64_t host, std::uint64_t version) = 0;

    virtual void write_after_warning(std::string&) const {}

    virtual void write_before_list_end(std::string&) {}

    const world& in_;
    page_request asked_;
    host_filter filter_;
    host_view view_;

private:
    enum class place
    {
        head,
        hosts,
        tail,
    };

    std::optional<std::uint64_t> next_listed(std::uint64_t from) const
    {
        for (std::uint64_t host = from; host < in_.settings.hosts; ++host)
        {
            const auto id = host_id(in_, host);
            if (id > filter_.id_max)
                break;
            const auto version = in_.past.version_of(host);
            if (in_.past.is_purged(host, version))
                continue;
            if (filter_.takes(id, processed_at(in_, host, version)) && listed(host, version))
                return host;
        }
        return std::nullopt;
    }

    /// The host before the page's first one, if any is listed there.
    std::optional<std::uint64_t> listed_before(std::uint64_t before)
    {
        const auto least = std::exchange(filter_.id_min, 0);
        std::optional<std::uint64_t> found;
        for (std::uint64_t host = before; host > 0 && !found; --host)
            if (const auto one = next_listed(host - 1); one && *one < before)
                found = one;
        filter_.id_min = found ? host_id(in_, *found) : least;
        return found;
    }

    void begin(std::string& out)
    {
        out += document_head(asked_, root(), dtd());
        const auto first = first_host_from(in_, filter_.id_min);
        host_ = next_listed(first);
        if (asked_.duplicate_host && first > 0)
            if (const auto earlier = listed_before(first))
                host_ = earlier;
        where_ = host_ ? place::hosts : place::tail;
        if (!host_)
            return;  // an empty answer has no list at all
        first_id_ = host_id(in_, *host_);
        version_ = in_.past.version_of(*host_);
        out += "    <" + std::string(list()) + ">";
    }

    body_progress continue_hosts(std::string& out)
    {
        const bool whole = write_part(out, *host_, version_);
        if (!whole && in_.past.poisoned().count(*host_) != 0)
            return body_progress::stuck;
        if (!whole)
            return body_progress::more;
        ++written_;
        if (written_ % 50 == 0)
            out += "\n<!-- keep-alive for " + std::string(root()) + "  -->";
        host_ = next_listed(*host_ + 1);
        if (!host_ || written_ == limit_)
            where_ = place::tail;
        else
            version_ = in_.past.version_of(*host_);
        return body_progress::more;
    }

    void end(std::string& out)
    {
        if (written_ > 0)
        {
            write_before_list_end(out);
            out += "\n    </" + std::string(list()) + ">\n";
        }
        if (in_.settings.eos_warning)
            out += "    <WARNING>\n      <CODE>2100</CODE>\n"
                   "      <TEXT>This version of the API will be withdrawn.</TEXT>\n    </WARNING>\n";
        if (host_)
        {
            const auto cursor = asked_.repeat_cursor ? first_id_ : host_id(in_, *host_);
            out += "    <WARNING>\n      <CODE>1980</CODE>\n      <TEXT>" + std::to_string(limit_) +
                   " record limit exceeded. Use URL to get next batch of results.</TEXT>\n"
                   "      <URL><![CDATA[\n          " +
                   next_url(in_, asked_, "id_min", cursor) + "\n      ]]></URL>\n    </WARNING>\n";
        }
        write_after_warning(out);
        out += "  </RESPONSE>\n";
        if (asked_.unclosed)
            return;
        out += "</" + std::string(root()) + ">\n";
        out += document_tail();
    }

    std::uint64_t limit_;
    place where_ = place::head;
    std::optional<std::uint64_t> host_;
    std::uint64_t version_ = 0;
    std::uint64_t first_id_ = 0;
    std::uint64_t written_ = 0;

protected:
    dice noise_;
    document elements_;
};

class detections_of_hosts final : public paged_hosts
{
public:
    using paged_hosts::paged_hosts;

private:
    std::string_view root() const override { return "HOST_LIST_VM_DETECTION_OUTPUT"; }

    std::string dtd() const override
    {
        return asked_.path + (in_.settings.old_dtd ? "host_list_vm_detection_output.dtd" : "dtd/output.dtd");
    }

    bool listed(std::uint64_t host, std::uint64_t version) const override
    {
        return is_bare(host) || next_shown(host, version, 0) < detection_count(in_, host);
    }

    std::uint64_t next_shown(std::uint64_t host, std::uint64_t version, std::uint64_t from) const
    {
        const auto count = detection_count(in_, host);
        while (from < count && !shows(view_, detection_of(in_, host, version, from)))
            ++from;
        return from;
    }

    bool write_part(std::string& out, std::uint64_t host, std::uint64_t version) override
    {
        elements_.clear();
        if (!open_)
        {
            out += "\n      <HOST>";
            describe_detection_host(elements_, in_, host, version, view_);
            append_xml(out, elements_, noise_, 4);
            number_ = next_shown(host, version, 0);
            open_ = true;
            if (is_bare(host))
                return close(out, "");
            out += "\n        <DETECTION_LIST>";
            return false;
        }
        out += "\n          <DETECTION>";
        describe(elements_, in_, detection_of(in_, host, version, number_), view_);
        append_xml(out, elements_, noise_, 6);
        out += "\n          </DETECTION>";
        number_ = next_shown(host, version, number_ + 1);
        return number_ >= detection_count(in_, host) && close(out, "\n        </DETECTION_LIST>");
    }

    bool close(std::string& out, std::string_view end_of_list)
    {
        out += end_of_list;
        out += "\n      </HOST>";
        open_ = false;
        return true;
    }

    std::uint64_t number_ = 0;  ///< the detection to be written next
    bool open_ = false;
};

class listed_hosts final : public paged_hosts
{
public:
    using paged_hosts::paged_hosts;

private:
    std::string_view root() const override { return "HOST_LIST_OUTPUT"; }

    std::string_view list() const override { return view_.ids_only ? "ID_SET" : "HOST_LIST"; }

    std::string dtd() const override
    {
        return asked_.path + (in_.settings.old_dtd ? "host_list_output.dtd" : "dtd/list/output.dtd");
    }

    bool listed(std::uint64_t, std::uint64_t) const override { return true; }

    bool write_part(std::string& out, std::uint64_t host, std::uint64_t version) override
    {
        if (view_.ids_only)
            return add_id(out, host_id(in_, host));
        elements_.clear();
        describe_listed_host(elements_, in_, host, version, view_);
        out += "\n      <HOST>";
        append_xml(out, elements_, noise_, 4);
        out += "\n      </HOST>";
        return true;
    }

    /// Neighbouring ids become one range.
    bool add_id(std::string& out, std::uint64_t id)
    {
        if (last_ != 0 && id == last_ + 1)
        {
            last_ = id;
            return true;
        }
        write_before_list_end(out);
        first_ = last_ = id;
        return true;
    }

    void write_before_list_end(std::string& out) override
    {
        if (last_ == 0)
            return;
        const auto first = std::to_string(first_);
        out += first_ == last_ ? "\n      <ID>" + first + "</ID>"
                               : "\n      <ID_RANGE>" + first + '-' + std::to_string(last_) + "</ID_RANGE>";
        last_ = 0;
    }

    void write_after_warning(std::string& out) const override
    {
        if (view_.groups && !view_.ids_only)
            out += "    <GLOSSARY>\n      <ASSET_GROUP_LIST>\n"
                   "        <ASSET_GROUP><ID>11</ID><TITLE><![CDATA[DMZ]]></TITLE></ASSET_GROUP>\n"
                   "        <ASSET_GROUP><ID>12</ID><TITLE><![CDATA[Büro & Lager]]></TITLE></ASSET_GROUP>\n"
                   "      </ASSET_GROUP_LIST>\n    </GLOSSARY>\n";
    }

    std::uint64_t first_ = 0;
    std::uint64_t last_ = 0;  ///< 0: no id is waiting
};

}  // namespace

std::unique_ptr<body_source> detection_page(const world& in, page_request asked)
{
    return std::make_unique<detections_of_hosts>(in, std::move(asked));
}

std::unique_ptr<body_source> host_page(const world& in, page_request asked)
{
    return std::make_unique<listed_hosts>(in, std::move(asked));
}

}  // namespace qdc::sandbox
