#include "settings/files.hpp"
#include "settings/readers.hpp"
#include "settings/values.hpp"

#include <algorithm>

namespace qdc::settings
{
namespace
{

void read_host(const section& from, input& to)
{
    const auto written = from.text("hostname");
    if (written.empty())
        return;  // reported as missing
    const auto masked = shown(without_user(written));
    if (const auto scheme = scheme_of(written); !scheme.empty())
    {
        auto bare = written.substr(scheme.size() + 3);
        bare.erase(0, bare.rfind('@') + 1);
        bare.resize(std::min(bare.size(), bare.find('/')));
        from.error(
            "hostname",
            masked + " begins with a scheme, `" + std::string(scheme) + "://`; a host name has none",
            "write " + shown(bare)
        );
        return;
    }
    const auto place = parse_endpoint(written);
    if (!place)
    {
        from.error("hostname", masked + " is no host name", "write the API server's name, as qualysapi.qualys.com");
        return;
    }
    to.host = place->host;
    if (!place->port.empty())
        to.port = place->port;
}

/// One of user name and password: from the configuration, from the file that it names, or from systemd.
std::string read_part(const section& from, const std::string& key, const surroundings& around)
{
    const auto file_key = key + "_file";
    const auto* own = from.value(key);
    if (own != nullptr && from.given(file_key))
        from.error(file_key, "is given besides `" + key + "`", "keep one of the two");
    if (own != nullptr)
    {
        const auto text = key == "password" ? from.secret_text(key) : from.text(key);
        if (text.empty() && own->is == node::kind::scalar)
            from.error(key, "is empty", "a value that begins with # & * ! % @ or a back-tick must stand in quotes");
        return text;
    }
    if (from.given(file_key))
        return read_secret(from, file_key, around.directory / "credentials");

    const auto credential = around.credentials / ("qualys_" + key);
    if (!around.credentials.empty() && why_unreadable(credential).empty())
    {
        auto text = read_file(credential, 64 * 1024).value_or("");
        while (text.ends_with('\n') || text.ends_with('\r'))
            text.pop_back();
        if (!text.empty())
            return text;
        from.error(key, "the systemd credential qualys_" + key + " is empty", "write the value into its file");
        return {};
    }
    const bool there = from.map().find(key) != nullptr;
    from.error(
        key,
        there ? "is empty" : "is missing",
        there ? "a value that begins with # & * ! % @ or a back-tick must stand in quotes"
              : "add `" + key + "`, `" + file_key + "` or the systemd credential qualys_" + key
    );
    return {};
}

}  // namespace

void read_credentials(const section& credentials, const surroundings& around, input& to)
{
    read_host(credentials, to);
    to.login.username = read_part(credentials, "username", around);
    to.login.password = secret(read_part(credentials, "password", around));
    for (const std::string key : {"username_file", "password_file"})
        if (credentials.given(key))
            to.login.files.push_back(look_up(credentials, key, around.directory / "credentials"));
    // Basic authentication ends the user name at its first colon (RFC 7617, section 2).
    if (to.login.username.find(':') != std::string::npos)
        credentials.error("username", "holds a colon, which HTTP cannot carry in a user name", "check the user name");
}

}  // namespace qdc::settings
