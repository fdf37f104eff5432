#pragma once

#include "settings/problem.hpp"
#include "settings/settings.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace qdc::settings
{

/// Something wrong with one key of a map.
struct remark
{
    settings::severity severity{settings::severity::error};
    std::string key;  ///< in the map that was asked about
    std::string what;
    std::string fix;
};

/// What the reader asks rooms that it does not know: OpenSSL, proxies, checkpoints. None of them needs the
/// network. One that is empty is not asked.
struct external_checks
{
    /// Trust, certificate and key of an output with TLS; keys ca_file, chain, cert, key. Its files exist.
    std::function<std::vector<remark>(const output&)> identity;

    /// The trust store of an input; key ca_file. It exists.
    std::function<std::vector<remark>(const input&)> trust;

    /// Why the way to host and port, through the configured proxy or that of the environment, cannot be used; else empty.
    std::function<std::string(const secret& proxy, const std::string& host, const std::string& port)> proxy;

    /// A time that has certainly passed: a clock that is before it is not believed.
    std::function<utc_time(const std::filesystem::path& state_directory)> passed;
};

}  // namespace qdc::settings
