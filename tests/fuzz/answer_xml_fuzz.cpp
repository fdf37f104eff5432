#include "fuzz/answers.hpp"
#include "services/scan_list.hpp"
#include "services/scans.hpp"

using namespace qdc;

namespace
{

/// A document with an error, as it comes with a status other than 200.
qualys::refusal read_refusal(const std::vector<std::string_view>& pieces)
{
    qualys::answer_document document({});
    decode::xml_parser parser(document);
    bool good = true;
    for (auto in : pieces)
        good = good && parser.feed(in);
    good = good && parser.finish();
    const auto& said = document.refused();
    fuzz::require(said.text.size() <= 2000);
    fuzz::require(!said.wait || said.wait->count() > 0);
    fuzz::require(said.code >= 0);
    return said;
}

/// What it says becomes a decision that can be carried out.
void decide(qualys::refusal said)
{
    for (const unsigned status : {200u, 401u, 404u, 409u, 503u})
    {
        said.status = status;
        const auto verdict = qualys::judge(said);
        fuzz::require(verdict.what != qualys::remedy::wait || said.wait.has_value() || said.code == 1965);
        fuzz::require(!verdict.meaning.empty());
        fuzz::require(qualys::describe(said).starts_with("HTTP " + std::to_string(status)));
    }
}

std::vector<services::listed_scan> read_list(const std::vector<std::string_view>& pieces)
{
    services::scan_list_answer list;
    for (auto in : pieces)
        if (!list.feed(in))
            return {};
    return list.finish() ? list.scans() : std::vector<services::listed_scan>();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const fuzz::input in(data, size);

    const auto said = read_refusal({in.whole});
    const auto pieces = read_refusal(in.pieces());
    fuzz::require(said.code == pieces.code && said.text == pieces.text && said.wait == pieces.wait);
    decide(said);

    const auto scans = read_list({in.whole});
    fuzz::require(read_list(in.pieces()) == scans);
    for (const auto& scan : scans)
        fuzz::require(!scan.reference.empty() && scan.reference.size() <= 1000);

    const auto make = [] { return services::make_vm_scans({}, fuzz::style()); };
    const auto whole = fuzz::answer(make, {in.whole});
    fuzz::require(fuzz::answer(make, in.pieces()) == whole);
    fuzz::require(whole.frames.empty());
    return 0;
}
