#include "settings/files.hpp"
#include "settings/readers.hpp"
#include "settings/values.hpp"

#include <algorithm>

namespace qdc::settings
{
namespace
{

/// Credentials of a unit are seen by what runs as the unit does, and by nothing else.
std::string unit_advice(const surroundings& around)
{
    if (!around.packaged || !around.credentials.empty())
        return {};
    return "; if the unit has it as a credential, run the verb as the unit does: qualys-devo-as-unit VERB";
}

/// Reads the API server's name, perhaps with a port. A complete address is an error, with the bare name as the fix.
void read_host(const section& section, input& to)
{
    const auto written = section.text("hostname");
    if (written.empty())
        return;  // reported as missing
    const auto masked = shown(without_user(written));
    if (const auto scheme = scheme_of(written); !scheme.empty())
    {
        // What the user has to write instead: without scheme, login and path.
        auto bare = written.substr(scheme.size() + 3);
        bare.erase(0, bare.rfind('@') + 1);
        bare.resize(std::min(bare.size(), bare.find('/')));
        section.error(
            "hostname",
            masked + " begins with a scheme, `" + std::string(scheme) + "://`; a host name has none",
            "write " + shown(bare)
        );
        return;
    }
    // Without a scheme it is a name, or a name and a port.
    const auto place = parse_endpoint(written);
    if (!place)
    {
        section.error("hostname", masked + " is no host name", "write the API server's name, as qualysapi.qualys.com");
        return;
    }
    to.host = place->host;
    if (!place->port.empty())
        to.port = place->port;
}

/// Of a file that systemd shows the unit alone: $CREDENTIALS_DIRECTORY/qualys_username, qualys_password.
std::string read_credential(const section& section, const std::string& key, const std::filesystem::path& credential)
{
    const auto name = "the systemd credential qualys_" + key;
    auto text = bare_secret(read_file(credential, 64 * 1024).value_or(""));
    if (const auto fault = secret_fault(text); !fault.empty())
    {
        section.error(key, name + " " + fault, "write nothing but the value into its file, in one line of UTF-8");
        return {};
    }
    check_file_secret(section, key, text);
    return text;
}

/// As it stands in the configuration.
std::string read_written(const section& section, const std::string& key)
{
    auto text = key == "password" ? section.secret_text(key) : section.text(key);
    if (section.value(key)->is != node::kind::scalar)
        return {};
    if (text.empty())
        section.error(key, "is empty", "a value that begins with # & * ! % @ or a back-tick must stand in quotes");
    else if (const auto fault = secret_fault(text); !fault.empty())
        section.error(key, fault, "write it in one line, in quotes");
    check_outer_blanks(section, key, text);
    return text;
}

/// One of user name and password: from the configuration, from the file that it names, or from systemd.
std::string read_part(const section& section, const std::string& key, const surroundings& around)
{
    const auto file_key = key + "_file";
    const bool written = section.given(key);
    // In the order of preference: the configuration, a file that it names, the systemd credential.
    if (written && section.given(file_key))
        section.error(file_key, "is given besides `" + key + "`", "keep one of the two");
    if (written)
        return read_written(section, key);
    if (section.given(file_key))
        return read_secret(section, file_key, around.directory / "credentials");
    if (const auto credential = around.credentials / ("qualys_" + key);
        !around.credentials.empty() && why_unreadable(credential).empty())
        return read_credential(section, key, credential);
    // None of them. A key without a value is another mistake than a key that is not there.
    const bool there = section.map().find(key) != nullptr;
    section.error(
        key,
        there ? "is empty" : "is missing",
        there ? "a value that begins with # & * ! % @ or a back-tick must stand in quotes"
              : "add `" + key + "`, `" + file_key + "` or the systemd credential qualys_" + key + unit_advice(around)
    );
    return {};
}

}  // namespace

void read_credentials(const section& credentials, const surroundings& around, input& to)
{
    read_host(credentials, to);
    if (!around.secrets)
        return;
    to.login.username = read_part(credentials, "username", around);
    to.login.password = secret(read_part(credentials, "password", around));
    if (credentials.given("next_password_file"))
        to.login.next_password =
            secret(read_secret(credentials, "next_password_file", around.directory / "credentials"));
    // These files are noted, so that a change of them can be seen.
    for (const std::string key : {"username_file", "password_file", "next_password_file"})
        if (credentials.given(key))
            to.login.files.push_back(look_up(credentials, key, around.directory / "credentials"));
    // Basic authentication ends the user name at its first colon (RFC 7617, section 2).
    if (to.login.username.find(':') != std::string::npos)
        credentials.error("username", "holds a colon, which HTTP cannot carry in a user name", "check the user name");
}

}  // namespace qdc::settings
