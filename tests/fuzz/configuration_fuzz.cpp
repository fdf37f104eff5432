#include "fuzz/pieces.hpp"
#include "settings/external_checks.hpp"
#include "settings/problem.hpp"
#include "settings/repair.hpp"
#include "settings/settings.hpp"
#include "settings/values.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <string>

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace qdc;

namespace
{

/// A file in memory: the reader takes paths only.
class memory_file
{
public:
    memory_file() : descriptor_(::memfd_create("configuration", 0))
    {
        fuzz::require(descriptor_ >= 0 && ::fchmod(descriptor_, 0600) == 0);
    }

    std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

    void write(std::string_view text)
    {
        fuzz::require(::ftruncate(descriptor_, 0) == 0);
        fuzz::require(::pwrite(descriptor_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()));
    }

private:
    int descriptor_;
};

settings::outcome read(const memory_file& file, bool strict)
{
    constexpr utc_time now{std::chrono::seconds(1'763'800'000)};
    settings::location where;
    where.config = file.path();
    where.directory = "/proc/self/fd";
    where.strict = strict;
    return settings::read(where, now, {});
}

std::size_t lines(std::string_view text)
{
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
}

/// Lines stay where they are.
void repair(std::string_view text)
{
    const auto repaired = settings::repair(std::string(text));
    fuzz::require(lines(repaired.text) == lines(text));
    for (const auto& note : repaired.notes)
        fuzz::require(note.line >= 1 && note.line <= lines(text));
}

void check_problems(const settings::outcome& read, std::string_view text)
{
    bool error = false;
    for (const auto& problem : read.problems)
    {
        error = error || problem.severity == settings::severity::error;
        fuzz::require(problem.line <= lines(text));
        const auto line = settings::describe(problem);
        fuzz::require(settings::is_utf8(line) && line.find_first_of("\r\n\x1B") == line.npos);
    }
    fuzz::require(read.value.has_value() != error);
    boost::system::error_code strict;
    const auto json = boost::json::parse(settings::problems_json(read.problems), strict);
    fuzz::require(!strict && json.is_array() && json.get_array().size() == read.problems.size());
}

void check_limits(const std::vector<settings::request_limit>& limits)
{
    for (const auto& limit : limits)
        fuzz::require(limit.period.count() > 0 && limit.calls > 0);
}

/// What is handed on is in range.
void check_value(const settings::collector& value)
{
    fuzz::require(!value.inputs.empty() && !value.outputs.empty());
    fuzz::require(value.state_directory.is_absolute());
    for (const auto& input : value.inputs)
    {
        fuzz::require(!input.host.empty() && !input.login.username.empty());
        fuzz::require(input.quota_share > 0 && input.quota_share <= 1);
        check_limits(input.limits);
        for (const auto& service : input.services)
        {
            fuzz::require(service.period.count() > 0 && service.page_size > 0 && settings::is_tag(service.tag));
            check_limits(service.limits);
        }
    }
    for (const auto& output : value.outputs)
        fuzz::require(output.kind == settings::output_kind::console || !output.address.empty());
}

/// Strict reading finds the same, and only takes it more seriously.
void compare(const settings::outcome& strict, const settings::outcome& lenient)
{
    fuzz::require(!strict.value || lenient.value);
    fuzz::require(strict.problems.size() == lenient.problems.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static memory_file file;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (settings::is_utf8(text))
        repair(text);

    file.write(text);
    const auto lenient = read(file, false);
    check_problems(lenient, text);
    if (lenient.value)
        check_value(*lenient.value);
    const auto strict = read(file, true);
    check_problems(strict, text);
    compare(strict, lenient);
    return 0;
}
