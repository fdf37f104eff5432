#include "cli/version.hpp"

#include "base/build_commit.hpp"
#include "base/json_object.hpp"
#include "services/catalogue.hpp"

#include <boost/version.hpp>
#include <expat.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <zlib.h>

#include <utility>
#include <vector>

namespace qdc::cli
{
namespace
{

/// The parts with their versions, those of libraries as they are loaded where the library says so.
std::vector<std::pair<std::string, std::string>> parts()
{
    return {
        {"version", QDC_VERSION},
        {"commit", std::string(build_commit)},
        {"compiler", __VERSION__},
        {"boost", fmt::format("{}.{}.{}", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100)},
        {"openssl", ::OpenSSL_version(OPENSSL_VERSION_STRING)},
        {"expat", ::XML_ExpatVersion()},
        {"zlib", ::zlibVersion()},
        {"fmt", fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)},
    };
}

}  // namespace

std::string version_text(bool json)
{
    std::string text;
    if (json)
    {
        json_object object(text);
        for (const auto& [name, value] : parts())
            object.text(name, value);
        std::vector<std::string> names;
        for (const auto* const kind : services::catalogue())
            names.emplace_back(kind->name);
        object.texts("services", names).end();
        return text + '\n';
    }
    for (const auto& [name, value] : parts())
        text += (name == "version" ? "qualys-devo-collector" : "  " + name) + ' ' + value + '\n';
    return text + "  services " + services::service_names(", ") + '\n';
}

}  // namespace qdc::cli
