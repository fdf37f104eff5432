#include "sandbox/detection_bodies.hpp"

#include "sandbox/detections.hpp"
#include "sandbox/host_documents.hpp"
#include "sandbox/json_out.hpp"

namespace qdc::sandbox
{

void for_each_version(const world& in, std::uint64_t host, const std::function<void(std::uint64_t version)>& each)
{
    each(0);
    const auto& touches = in.past.touches();
    for (std::uint64_t version = 1; version <= touches.size(); ++version)
        if (touches[version - 1].covers(host))
            each(version);
}

std::string host_part_of(const world& in, const host_view& view, std::uint64_t host, std::uint64_t version)
{
    document elements;
    describe_detection_host(elements, in, host, version, view);
    std::string text = "{";
    append_members(text, elements);
    return text;
}

void for_each_detection(
    const world& in,
    const host_view& view,
    std::uint64_t host,
    std::uint64_t version,
    const std::function<void(std::string_view members)>& each
)
{
    document elements;
    std::string members;
    for (std::uint64_t number = 0; number < detection_count(in, host); ++number)
    {
        const auto found = detection_of(in, host, version, number);
        if (!shows(view, found))
            continue;
        elements.clear();
        members.clear();
        describe(elements, in, found, view);
        append_members(members, elements);
        each(members);
    }
}

std::string detection_body(std::string_view host_part, std::string_view members)
{
    std::string body(host_part);
    body += ",\"DETECTION\":{";
    body += members;
    return body += '}';
}

}  // namespace qdc::sandbox
