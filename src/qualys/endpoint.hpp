#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace qdc::qualys
{

/// A version of an endpoint, as its path has it, and the month in which Qualys removes it, where one was announced.
struct api_version
{
    std::string_view number;  ///< "5.0"
    std::optional<std::chrono::year_month> removed;
};

/// One place of the API to ask, as far as quota, versions and metrics distinguish calls. A service declares its own as
/// constants (services/<name>/endpoint.hpp); the name makes it, so no two have the same.
struct endpoint
{
    std::string_view name;    ///< in `api_versions`, in metrics and in messages: "scan_list" …
    std::string_view path;    ///< below /api/<version>/fo/: "asset/host/"; one that begins with '/' has no version
    std::string_view action;  ///< the parameter `action` of each of its calls; empty: it has none
    std::span<const api_version> versions;  ///< newest first, which is the default
    std::string_view root;                  ///< of the XML of a good answer; empty: good answers are no XML

    friend bool operator==(const endpoint& left, const endpoint& right) { return left.name == right.name; }

    friend bool operator<(const endpoint& left, const endpoint& right) { return left.name < right.name; }
};

/// Endpoints are never copied, only pointed at.
using endpoint_ref = std::reference_wrapper<const endpoint>;

namespace endpoints
{

/// The light call, which proves a login. (User guide of July 2026; it has no version.)
inline constexpr endpoint about{"about", "/msp/about.php", {}, {}, "ABOUT"};

}  // namespace endpoints

inline std::string_view name(const endpoint& endpoint)
{
    return endpoint.name;
}

/// The path with its version, "/api/5.0/fo/asset/host/vm/detection/".
std::string path(const endpoint& endpoint, std::string_view version);

/// Parameters of a call. Sorted, so that equal calls look equal.
using parameters = std::map<std::string, std::string, std::less<>>;

/// One request to the API. Its version is chosen by qualys::api_versions.
struct call
{
    endpoint_ref which{endpoints::about};
    parameters form;
};

/// application/x-www-form-urlencoded; everything but unreserved characters is percent-encoded.
std::string form_encoded(const parameters& form);

/// A parameter of the query of a URL that the server named, percent-decoded. Only the query is looked at: the host in
/// such a URL may be an internal one, and credentials never go there.
std::optional<std::string> query_parameter(std::string_view url, std::string_view name);

}  // namespace qdc::qualys
