#include "fuzz/answers.hpp"
#include "services/activity.hpp"
#include "services/hosts.hpp"
#include "services/scans.hpp"
#include "state/envelope.hpp"

#include <array>

using namespace qdc;

namespace
{

using maker = std::unique_ptr<services::service> (*)(services::service_options, devo::event_style);

/// The two host services read their states the same way.
constexpr std::array<maker, 3> makers{
    services::make_host_list_detection,
    services::make_vm_scans,
    services::make_user_activity,
};

/// A file that is believed reads the same after it was written again.
std::string read_file(std::string_view file)
{
    const auto read = state::decode(file);
    fuzz::require(read.value.has_value() == read.problem.empty());
    if (!read.value)
        return {};
    const auto again = state::decode(state::encode(*read.value));
    fuzz::require(again.value && again.value->number == read.value->number);
    fuzz::require(again.value->saved_at == read.value->saved_at && again.value->text == read.value->text);
    return read.value->text;
}

/// Whatever is JSON can be kept. What comes back is the same text, without its blanks.
void keep(std::string_view text)
{
    const auto compact = state::compact_object(text);
    if (!compact)
        return;
    fuzz::require(state::compact_object(*compact) == compact);
    const auto read = state::decode(state::encode({1, "2024-01-10T09:47:08Z", *compact}));
    fuzz::require(read.value && read.value->text == *compact);
}

void restore(maker make, std::string_view text)
{
    const auto one = make({}, fuzz::style());
    const auto before = one->state();
    if (!one->restore(text))
    {
        fuzz::require(one->state() == before);
        return;
    }
    fuzz::require_fixed_point(*make({}, fuzz::style()), one->state());

    // Work goes on from it.
    one->begin_cycle(fuzz::now);
    fuzz::require(one->next() != nullptr);
    fuzz::require_fixed_point(*make({}, fuzz::style()), one->state());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const fuzz::input in(data, size);
    const auto text = read_file(in.whole);
    keep(in.whole);
    for (const auto make : makers)
    {
        restore(make, text.empty() ? in.whole : text);
    }
    return 0;
}
