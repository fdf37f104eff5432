#include "fuzz/answers.hpp"
#include "services/hosts.hpp"

using namespace qdc;

namespace
{

/// `make` makes one of the two host services.
template <class Make>
void read(const fuzz::input& in, const Make& make)
{
    const auto whole = fuzz::answer(make, {in.whole});
    fuzz::require(fuzz::answer(make, in.pieces()) == whole);
    fuzz::require(fuzz::count_frames(whole.frames) + whole.duplicate == whole.received);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const fuzz::input in(data, size);
    read(in, [] { return services::make_host_list_detection({}, fuzz::style()); });
    read(in, [] { return services::make_host_list({}, fuzz::style()); });
    return 0;
}
