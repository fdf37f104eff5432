#include "base/text.hpp"
#include "fuzz/pieces.hpp"
#include "qualys/limits.hpp"

#include <string>

using namespace qdc;

namespace
{

using header_fields = std::vector<std::pair<std::string, std::string>>;

/// Each line "name: value" is a field.
header_fields read_fields(std::string_view text)
{
    header_fields fields;
    while (!text.empty())
    {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const auto name = line.substr(0, line.find(':'));
        fields.emplace_back(name, line.substr(std::min(name.size() + 1, line.size())));
    }
    return fields;
}

void write(header_fields& to, std::string name, const std::optional<std::uint64_t>& number)
{
    if (number)
        to.emplace_back(std::move(name), ' ' + std::to_string(*number) + '\t');
}

void write(header_fields& to, std::string name, const std::optional<std::chrono::seconds>& span)
{
    if (span)
        to.emplace_back(std::move(name), std::to_string(span->count()));
}

header_fields written(const qualys::limits& said)
{
    header_fields fields;
    write(fields, "x-concurrency-limit-running", said.running);
    write(fields, "x-concurrency-limit-limit", said.concurrent);
    write(fields, "x-ratelimit-towait-sec", said.wait);
    write(fields, "x-ratelimit-remaining", said.remaining);
    write(fields, "x-ratelimit-window-sec", said.window);
    write(fields, "x-ratelimit-limit", said.calls);
    return fields;
}

bool same(const qualys::limits& one, const qualys::limits& other)
{
    return one.calls == other.calls && one.window == other.window && one.remaining == other.remaining &&
           one.wait == other.wait && one.concurrent == other.concurrent && one.running == other.running;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    constexpr std::uint64_t sane = 1'000'000;
    auto fields = read_fields({reinterpret_cast<const char*>(data), size});
    const auto said = qualys::read_limits(fields);
    for (const auto& number : {said.calls, said.remaining, said.concurrent, said.running})
        fuzz::require(!number || *number <= sane);
    for (const auto& span : {said.window, said.wait})
        fuzz::require(!span || (span->count() > 0 && span->count() <= static_cast<std::int64_t>(sane)));

    fuzz::require(same(qualys::read_limits(written(said)), said));
    // The other headers of an answer change nothing.
    fields.insert(fields.begin(), {"x-ratelimit", "1"});
    fields.insert(fields.begin(), {"X-RateLimit-Limit", "7"});
    fuzz::require(same(qualys::read_limits(fields), said));
    return 0;
}
