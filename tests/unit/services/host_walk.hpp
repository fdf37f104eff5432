#pragma once

#include "services/hosts.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace qdc::test
{

inline const utc_time noon = *parse_utc("2024-01-10T12:00:00Z");

/// A service without frames, so that its events are plain JSON, and the loop that collect/ would run around it.
struct host_walk
{
    std::unique_ptr<services::service> service;
    std::unique_ptr<services::exchange> current;
    std::string events;
    std::size_t piece{std::string::npos};  ///< bytes that are fed at once
    int pauses{0};

    explicit host_walk(services::service_options options = {}, bool detections = true, utc_time begin = noon)
    {
        devo::event_style style{"h", "t", {}, {}};
        service = detections ? services::make_host_list_detection(std::move(options), std::move(style))
                             : services::make_host_list(std::move(options), std::move(style));
        service->begin_cycle(begin);
    }

    /// The next call; nothing: the cycle is complete.
    std::optional<qualys::call> next_call()
    {
        current.reset();  // one at a time: what it did not get is asked for again
        current = service->next();
        if (!current)
            return std::nullopt;
        current->events().without_frames();
        return current->call();
    }

    /// The next call's form; empty: the cycle is complete.
    qualys::parameters ask()
    {
        const auto call = next_call();
        return call ? call->form : qualys::parameters();
    }

    services::answer_reader& open()
    {
        REQUIRE(next_call());
        return current->reader();
    }

    /// The events go into the outbox.
    void take()
    {
        events += current->events().take();
        current->taken();
    }

    error_code close()
    {
        const auto failure = current->done();
        if (failure)
            current->failed({});
        current.reset();
        return failure;
    }

    void drop()
    {
        current->failed({});
        current.reset();
    }

    error_code step(services::answer_reader& reader, std::string_view bytes, bool last)
    {
        for (;;)
        {
            const auto state = last ? reader.finish() : reader.feed(bytes);
            take();
            if (!state)
                return state.error();
            if (*state == decode::progress::hungry)
                return {};
            ++pauses;
        }
    }

    error_code feed(services::answer_reader& reader, std::string_view document)
    {
        error_code failure;
        for (std::size_t at = 0; at < document.size() && !failure; at += std::min(piece, document.size()))
            failure = step(reader, document.substr(at, piece), false);
        return failure;
    }

    /// Reads a whole answer and closes it, or drops it.
    error_code read(std::string_view document)
    {
        auto& reader = open();
        auto failure = feed(reader, document);
        if (!failure)
            failure = step(reader, {}, true);
        if (!failure)
            return close();
        drop();
        return failure;
    }

    /// The connection ends after these bytes.
    void read_cut(std::string_view document)
    {
        auto& reader = open();
        CHECK_FALSE(feed(reader, document));
        drop();
    }

    /// How often `part` stands in the events.
    std::size_t count(std::string_view part) const
    {
        std::size_t found = 0;
        for (auto at = events.find(part); at != std::string::npos; at = events.find(part, at + 1))
            ++found;
        return found;
    }
};

/// An answer around `list`, the inside of RESPONSE.
inline std::string detection_answer(const std::string& list)
{
    return "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<!DOCTYPE HOST_LIST_VM_DETECTION_OUTPUT SYSTEM "
           "\"https://sim.example.com/output.dtd\">\n<HOST_LIST_VM_DETECTION_OUTPUT><RESPONSE>" +
           list + "</RESPONSE></HOST_LIST_VM_DETECTION_OUTPUT>\n<!-- CONFIDENTIAL -->\n";
}

inline std::string detection_host(int id, const std::string& detections)
{
    std::string out = "<HOST><ID>" + std::to_string(id) + "</ID>";
    return out + (detections.empty() ? "" : "<DETECTION_LIST>" + detections + "</DETECTION_LIST>") + "</HOST>";
}

inline std::string detection(int qid)
{
    return "<DETECTION><QID>" + std::to_string(qid) + "</QID></DETECTION>";
}

inline std::string more_from(const std::string& id)
{
    return "<WARNING><CODE>1980</CODE><TEXT>1000 record limit exceeded.</TEXT>\n<URL><![CDATA[\n   "
           "https://qualysapi.p01.internal.example/api/5.0/fo/asset/host/vm/detection/?action=list&details=None"
           "&cloud_agent_activationkey=0&truncation_limit=7&id_min=" +
           id + "\n ]]></URL></WARNING>";
}

}  // namespace qdc::test
