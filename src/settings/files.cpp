#include "settings/files.hpp"

#include "settings/values.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

namespace qdc::settings
{
namespace fs = std::filesystem;

namespace
{

constexpr std::size_t secret_limit_bytes = 64 * 1024;

/// Of a path for a message; PATH_MAX is 4,096.
std::string name_of(const fs::path& file)
{
    return excerpt(file.string(), 4096);
}

/// What helps against a file that cannot be read.
std::string advice_for(const fs::path& file, const std::string& fault)
{
    if (file.native().starts_with("/run/credentials/"))
        return "systemd shows it to the unit alone: run the verb as the unit does, with qualys-devo-as-unit VERB";
    return fault == "does not exist" ? "put the file there, or write its absolute path"
                                     : "name a file that the collector's user may read";
}

}  // namespace

std::string why_unreadable(const fs::path& file)
{
    // The first fault that fits: not there, a directory, no permission.
    std::error_code error;
    const auto status = fs::status(file, error);
    if (!fs::exists(status))
        return error && error != std::errc::no_such_file_or_directory ? "cannot be reached: " + error.message()
                                                                      : "does not exist";
    if (fs::is_directory(status))
        return "is a directory";
    if (::access(file.c_str(), R_OK) != 0)
        return std::string("cannot be read: ") + std::strerror(errno);
    return {};
}

std::optional<std::string> read_file(const fs::path& file, std::size_t limit_bytes)
{
    std::ifstream in(file, std::ios::binary);
    std::string text;
    // Not by size: a secret may come through a pipe.
    for (std::istreambuf_iterator<char> at(in), end; at != end; ++at)
    {
        if (text.size() == limit_bytes)
            return {};
        text += *at;
    }
    if (!in.good() && !in.eof())
        return {};
    return text;
}

bool world_readable(const fs::path& file)
{
    std::error_code error;
    const auto permissions = fs::status(file, error).permissions();
    return !error && (permissions & fs::perms::others_read) != fs::perms::none;
}

fs::path look_up(const section& section, std::string_view key, const fs::path& home)
{
    const fs::path named = section.text(key);
    if (named.empty())
        return {};
    std::error_code ignored;
    // A bare name stands in `home`; a path with a slash counts from the working directory, or else from the folder
    // above `home`.
    auto file = named;
    if (named.is_relative() && !named.has_parent_path())
        file = home / named;
    else if (named.is_relative() && !fs::exists(named, ignored))
        file = home.parent_path() / named;
    file = fs::absolute(file, ignored).lexically_normal();
    if (const auto fault = why_unreadable(file); !fault.empty())
        section.error(key, name_of(file) + " " + fault, advice_for(file, fault));
    return file;
}

bool in_container()
{
    std::error_code ignored;
    return std::getenv("KUBERNETES_SERVICE_HOST") != nullptr || std::getenv("container") != nullptr ||
           fs::exists("/.dockerenv", ignored) || fs::exists("/run/.containerenv", ignored);
}

std::string secret_fault(std::string_view text)
{
    if (text.empty())
        return "is empty";
    // Windows' editors may save UTF-16; its zero bytes would be reported as controls otherwise.
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
        return "is UTF-16, where UTF-8 is due";
    if (text.find_first_of("\r\n") != text.npos)
        return "has several lines";
    const auto control = std::find_if(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; });
    if (control != text.end())
        return "holds a control character, as byte " + std::to_string(control - text.begin() + 1);
    return {};
}

void check_outer_blanks(const section& section, std::string_view key, std::string_view text)
{
    constexpr std::string_view no_break = "\xC2\xA0";
    const bool blank = !text.empty() && (text.front() == ' ' || text.back() == ' ' || text.starts_with(no_break) ||
                                         text.ends_with(no_break));
    if (blank)
        section.warning(
            key,
            "begins or ends with a blank, which is taken as a part of it",
            "remove the blank if it is none: each wrong login counts towards a lock of the account"
        );
}

void check_file_secret(const section& section, std::string_view key, std::string_view text)
{
    check_outer_blanks(section, key, text);
    const std::string fix =
        "write the value itself into the file: each wrong login counts towards a lock of the account";
    if (is_placeholder(text))
        section.warning(key, "comes from a file whose text looks like a placeholder; it is taken as it stands", fix);
    if (has_typographic_end(text))
        section.warning(
            key,
            "comes from a file whose text begins or ends with a typographic quote, which is taken as a part of it",
            fix
        );
}

std::string bare_secret(std::string text)
{
    if (text.starts_with("\xEF\xBB\xBF"))
        text.erase(0, 3);
    while (text.ends_with('\n') || text.ends_with('\r'))
        text.pop_back();
    return text;
}

std::string read_secret(const section& section, std::string_view key, const fs::path& home)
{
    const auto file = look_up(section, key, home);
    if (file.empty() || !why_unreadable(file).empty())
        return {};
    // Each fault is reported without showing anything of the secret.
    auto text = read_file(file, secret_limit_bytes);
    if (!text)
    {
        section.error(key, name_of(file) + " is no file of a single secret", "write nothing but the secret into it");
        return {};
    }
    auto secret = bare_secret(std::move(*text));
    if (const auto fault = secret_fault(secret); !fault.empty())
    {
        section.error(key, name_of(file) + " " + fault, "write nothing but the secret into it, in one line of UTF-8");
        return {};
    }
    check_file_secret(section, key, secret);
    // A secret that others can read still works, so that is a warning only.
    if (world_readable(file))
        section.warning(
            key,
            name_of(file) + " can be read by everybody on this machine",
            in_container() ? "mount it so that only the collector's user may read it (Kubernetes: defaultMode 0400)"
                           : "chmod 600 " + name_of(file)
        );
    return secret;
}

}  // namespace qdc::settings
