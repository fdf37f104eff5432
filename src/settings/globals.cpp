#include "base/text.hpp"
#include "settings/readers.hpp"
#include "settings/values.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace qdc::settings
{
namespace
{

/// What a collector's name may consist of.
bool is_name_character(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-';
}

/// The machine's name, or "localhost" where it has none.
std::string machine_name()
{
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0')
        return "localhost";
    return name.data();
}

/// Reads the tag of the receipts; empty: they are not sent.
std::string read_receipts_tag(const section& globals)
{
    const auto tag = globals.text("receipts_tag");
    if (globals.given("receipts_tag") && !is_tag(tag))
        globals.error(
            "receipts_tag",
            shown(tag) + " is no tag",
            "write 2 to 6 levels of letters, digits, _ and - with dots between, as my.app.qualys.receipts"
        );
    return tag;
}

/// HOST stands between two blanks of the frame, so it has none itself.
std::string read_hostname(const section& globals)
{
    const auto name = globals.text("hostname");
    const bool printable = std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c < 0x7F; });
    if (printable && name.size() <= 255)
        return name;
    globals.error("hostname", "is no host name", "write at most 255 letters, digits, dots and hyphens");
    return {};
}

/// Reads where the status endpoint listens. "localhost" is taken as 127.0.0.1, because a name may have several
/// addresses.
void read_status(const section& status, status_endpoint& to)
{
    to.enabled = status.flag("enabled");
    to.port = static_cast<std::uint16_t>(status.whole("port"));
    to.address = status.text("address");
    if (lowered(to.address) == "localhost")
        to.address = "127.0.0.1";
    in6_addr scratch{};
    if (::inet_pton(AF_INET, to.address.c_str(), &scratch) != 1 &&
        ::inet_pton(AF_INET6, to.address.c_str(), &scratch) != 1)
        status.error("address", shown(to.address) + " is no IP address", "write 127.0.0.1, ::1 or 0.0.0.0");
}

}  // namespace

std::string read_name(const section& section, std::string_view key)
{
    auto name = section.text(key);
    const auto written = name;
    // What the official collector replaces; anything else it refuses (its error 13).
    std::replace_if(
        name.begin(), name.end(), [](char c) { return c == '.' || c == '#' || c == ' '; }, '_'
    );
    if (!std::all_of(name.begin(), name.end(), is_name_character))
        section.error(
            key,
            shown(written) + " holds a character that a collector's name cannot have",
            "write letters, digits, _ and -"
        );
    else if (name != written)
        section.warning(key, shown(written) + " was read as " + shown(name), "write letters, digits, _ and -");
    return name;
}

void read_globals(const section& globals, bool overriding, collector& to, output_overrides& outputs)
{
    // The first call reads every key, with its default; a call for overrides only what is given.
    const auto wanted = [overriding, &globals](std::string_view key) { return !overriding || globals.given(key); };
    if (wanted("name"))
        to.name = read_name(globals, "name");
    if (wanted("id"))
        to.id = globals.text("id");
    if (wanted("debug"))
        to.debug = globals.flag("debug");
    if (wanted("internal_events"))
        to.internal_events = globals.flag("internal_events");
    if (wanted("hostname"))
        to.hostname = globals.given("hostname") ? read_hostname(globals) : machine_name();
    if (wanted("receipts_tag"))
        to.receipts_tag = read_receipts_tag(globals);
    if (wanted("status"))
        read_status(globals.below("status", part::status), to.status);

    // These belong to the outputs, which are read later.
    if (globals.given("sender_stats_period_in_sec"))
        outputs.statistics_period = globals.seconds("sender_stats_period_in_sec");
    if (globals.given("devo_sender_threshold_for_using_gzip_in_transport_layer"))
        outputs.gzip_threshold = globals.decimal("devo_sender_threshold_for_using_gzip_in_transport_layer");
    if (globals.given("devo_sender_compression_level"))
        outputs.compression_level = static_cast<int>(globals.whole("devo_sender_compression_level"));
}

void read_persistence(const section& globals, const surroundings& around, collector& to)
{
    const auto chosen = globals.below("persistence", part::persistence);
    const auto type = chosen.text("type");
    to.state = type == "memory" ? persistence::memory : persistence::filesystem;
    if (type == "redis")
    {
        chosen.error(
            "type",
            "redis is not available: this collector keeps its state in files or in memory",
            "write `type: filesystem` with `config: {directory_name: state}`"
        );
        return;
    }
    // systemd's state directory wins over a configured one.
    const auto config = chosen.below("config", part::persistence_config);
    const std::filesystem::path name = config.text("directory_name");
    if (name.empty())
        config.error("directory_name", "is empty", "write a directory, as `state`");
    to.state_directory = (around.state.empty() ? around.directory / name : around.state).lexically_normal();
}

}  // namespace qdc::settings
