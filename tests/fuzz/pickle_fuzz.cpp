#include "fuzz/pieces.hpp"
#include "state/official.hpp"
#include "state/pickle.hpp"
#include "state/pickle_text.hpp"

#include <string>

using namespace qdc;

namespace
{

/// What a document holds is bounded by its pickle, and names nothing that is not there.
void check(const state::pickle_document& document, std::size_t pickle_bytes)
{
    const auto count = document.values.size();
    fuzz::require(document.root < count && count <= pickle_bytes);
    std::size_t members = 0;
    std::size_t text_bytes = 0;
    for (const auto& value : document.values)
    {
        if (const auto* list = std::get_if<state::pickle_value::list>(&value.content))
        {
            members += list->size();
            for (const auto index : *list)
                fuzz::require(index < count);
        }
        else if (const auto* dictionary = std::get_if<state::pickle_value::dictionary>(&value.content))
        {
            members += dictionary->size();
            for (const auto& [key, item] : *dictionary)
                fuzz::require(key < count && item < count);
        }
        else if (const auto* text = std::get_if<std::string>(&value.content))
        {
            text_bytes += text->size();
            fuzz::require(state::is_pickle_utf8(*text));
        }
    }
    fuzz::require(members <= pickle_bytes && text_bytes <= 2 * pickle_bytes);
}

std::string pickled(std::string_view text)
{
    std::string out = "X";
    for (unsigned shift = 0; shift < 32; shift += 8)
        out += static_cast<char>(text.size() >> shift & 0xFF);
    out += text;
    return out;
}

/// As Python writes it in protocol 2.
std::string pickled(const state::official_state& state)
{
    std::string out = "\x80\x02}(";
    if (state.persistence_version)
        out += pickled("@persistence_version") + 'I' + std::to_string(*state.persistence_version) + '\n';
    if (state.start_time_str)
        out += pickled("start_time_str") + pickled(*state.start_time_str);
    if (state.last_event_time_str)
        out += pickled("last_event_time_str") + pickled(*state.last_event_time_str);
    out += pickled("last_ids") + "](";
    for (const auto& id : state.last_ids)
        out += pickled(id);
    return out + "eu.";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto document = state::read_pickle(bytes);
    fuzz::require(document.value.has_value() == document.problem.empty());
    if (document.value)
        check(*document.value, size);

    const auto official = state::read_official(bytes);
    fuzz::require(official.value.has_value() == official.problem.empty());
    fuzz::require(state::is_pickle_utf8(official.problem));
    if (!official.value)
        return 0;
    const auto again = state::read_official(pickled(*official.value));
    fuzz::require(again.value && again.value->persistence_version == official.value->persistence_version);
    fuzz::require(again.value->start_time_str == official.value->start_time_str);
    fuzz::require(again.value->last_event_time_str == official.value->last_event_time_str);
    fuzz::require(again.value->last_ids == official.value->last_ids);
    return 0;
}
