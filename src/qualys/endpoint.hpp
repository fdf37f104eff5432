#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace qdc::qualys
{

/// What is asked, as far as quota, versions and metrics tell calls apart.
enum class endpoint
{
    scan_list,
    scan_fetch,
    host_list,
    host_list_detection,
    user_activity,
    about,
};

/// The name in `api_versions`, in metrics and in messages: "scan_list" …
std::string_view name(endpoint which);

/// The path with its version, "/api/5.0/fo/asset/host/vm/detection/". `about` has no version.
/// (Qualys VM/PC API user guide of July 2026: pages 44, 56, 1010, 1151; host lists, activity log.)
std::string path(endpoint which, std::string_view version);

/// Parameters of a call. Sorted, so that equal calls look equal.
using parameters = std::map<std::string, std::string, std::less<>>;

/// One request to the API. Its version is chosen by qualys::api_versions.
struct call
{
    endpoint which{endpoint::about};
    parameters form;
};

/// application/x-www-form-urlencoded; everything but unreserved characters is percent-encoded.
std::string form_encoded(const parameters& form);

/// A parameter of the query of a URL that the server named, percent-decoded. Only the query is looked at: the host in
/// such a URL may be an internal one, and credentials never go there.
std::optional<std::string> query_parameter(std::string_view url, std::string_view name);

}  // namespace qdc::qualys
