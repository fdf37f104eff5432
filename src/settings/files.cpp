#include "settings/files.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>

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

std::string without_line_end(std::string text)
{
    if (text.ends_with('\n'))
        text.pop_back();
    if (text.ends_with('\r'))
        text.pop_back();
    return text;
}

}  // namespace

std::string why_unreadable(const fs::path& file)
{
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

fs::path look_up(const section& where, std::string_view key, const fs::path& home)
{
    const fs::path named = where.text(key);
    if (named.empty())
        return {};
    std::error_code ignored;
    auto file = named;
    if (named.is_relative() && !named.has_parent_path())
        file = home / named;
    else if (named.is_relative() && !fs::exists(named, ignored))
        file = home.parent_path() / named;
    file = fs::absolute(file, ignored).lexically_normal();
    if (const auto why = why_unreadable(file); !why.empty())
        where.error(
            key,
            name_of(file) + " " + why,
            why == "does not exist" ? "put the file there, or write its absolute path"
                                    : "name a file that the collector's user may read"
        );
    return file;
}

std::string read_secret(const section& where, std::string_view key, const fs::path& home)
{
    const auto file = look_up(where, key, home);
    if (file.empty() || !why_unreadable(file).empty())
        return {};
    const auto text = read_file(file, secret_limit_bytes);
    if (!text)
    {
        where.error(key, name_of(file) + " is no file of a single secret", "write nothing but the secret into it");
        return {};
    }
    auto secret = without_line_end(*text);
    if (secret.empty())
        where.error(key, name_of(file) + " is empty", "write the secret into it");
    else if (secret.find_first_of("\r\n") != std::string::npos)
        where.error(key, name_of(file) + " has several lines", "write nothing but the secret into it");
    else if (world_readable(file))
        where.warning(key, name_of(file) + " can be read by everybody on this machine", "chmod 600 " + name_of(file));
    return secret;
}

}  // namespace qdc::settings
