#pragma once

#include "services/host_document.hpp"
#include "services/host_memory.hpp"
#include "services/host_progress.hpp"
#include "services/host_quarantine.hpp"
#include "services/host_window.hpp"
#include "services/page_size.hpp"
#include "services/service.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::services
{

/// What tells the two host services apart.
struct host_service_kind
{
    std::string_view name;
    const qualys::endpoint& endpoint;
    host_document_kind document;
    qualys::parameters defaults;  ///< sent unless the configuration's filters say otherwise
};

/// The hosts of a window from an id on, page by page.
struct host_range
{
    host_progress progress;
    bool busy{false};    ///< an exchange of it is under way
    bool walked{false};  ///< its last page is done
};

/// What the exchanges of a host service share. The service owns it, and it outlives them.
struct host_session
{
    host_session(host_service_kind service_kind, service_options configured, devo::event_style style);

    /// The parameters that every call for hosts carries.
    qualys::call base_call() const;

    /// The list of ids alone, of the same window and hosts: quick where the hosts themselves are not.
    qualys::call id_list_call() const;

    /// Puts a host into quarantine and moves the range behind it. False: too many in a row fail, so those of the row came
    /// out again, and the range goes back to the first of them.
    bool leave_out(host_quarantine::entry host);

    /// A notice of Qualys' own; the same one again is passed over.
    void note_notice(const std::string& text);

    host_service_kind kind;
    service_options options;
    page_size size;
    devo::event_writer blank;  ///< the writer of each exchange begins as its copy
    host_window window;
    host_range range;
    host_memory memory;
    host_quarantine quarantine;
    std::optional<host_quarantine::entry> suspect;  ///< to be left out as soon as its id is known
    std::size_t under_way{0};                       ///< exchanges that are alive
    tally counts;
    std::vector<notice> notices;
    std::string last_notice;
    bool order_noted{false};  ///< that ids do not ascend
};

/// Adds the window's edges to a call.
void add_window(qualys::call& call, std::optional<utc_time> from, std::optional<utc_time> until);

}  // namespace qdc::services
