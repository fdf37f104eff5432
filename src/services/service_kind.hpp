#pragma once

#include "qualys/endpoint.hpp"
#include "services/service.hpp"

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::services
{

/// What the value of a parameter or of a configuration key must look like.
enum class value_form
{
    text,
    flag,     ///< a parameter is sent as 0 or 1, a key reads as true or false
    whole,    ///< a whole number; of a parameter one that is not negative
    moment,   ///< 2024-01-10 or 2024-01-10T09:47:08Z
    word,     ///< one of `words`
    words,    ///< several of `words`, with commas between
    numbers,  ///< of a parameter: whole numbers and ranges of them, with commas between: 5,100-200
    ours,     ///< the collector sets it itself
    tag,      ///< of a key: a tag of Devo's
    map,      ///< of a key: a map, whose reader is in settings/
};

/// A parameter of the endpoint that a service lists with; `filters` of the configuration may name it.
struct filter
{
    std::string_view name;
    value_form form{value_form::text};
    std::string_view words{};  ///< those that Qualys knows, separated by |
    std::uint64_t least{0};    ///< of numbers
    std::uint64_t most{std::numeric_limits<std::uint64_t>::max()};
};

/// A configuration key that not every service has, or one that all have, with a range or default of its own.
struct key
{
    std::string_view name;
    value_form form{value_form::text};  ///< text, flag, whole, word, or words: a list of any plain names
    std::string_view standard{};        ///< the default, spelled as in a file; empty: none
    double least{0};                    ///< of a whole number
    double most{0};
    std::string_view words{};                      ///< of a word: separated by |
    std::vector<std::string> (*names)(){nullptr};  ///< of words: those that are documented; nullptr: any may be
};

/// In a service's own table: what it holds altogether.
inline constexpr std::uint64_t summary_key = ~std::uint64_t{0};

/// Everything that makes a service this service. Each has a folder services/<name>/, whose <name>.cpp defines
/// `<name>_kind`, and a line in catalogue.def; nothing else knows it by its name.
struct service_kind
{
    std::string_view name;    ///< in the configuration, in metrics, in the state file's name
    std::string_view puller;  ///< how the official collector calls its part, in the log: "QualysScansPuller"
    std::string_view table;   ///< the tag of its events at Devo, unless override_tag says otherwise
    std::vector<qualys::endpoint_ref> endpoints;   ///< that it asks; the first one lists
    std::vector<std::span<const filter>> filters;  ///< what that one takes
    std::vector<key> keys;                         ///< of its own
    std::string_view then;                         ///< what follows the first call, for `plan`; empty: further pages
    bool one_at_once{false};                       ///< of its calls no two are ever under way together
    std::string_view permission{};                 ///< that it needs; empty: one that each account for the API has
    qualys::call (*probe)(utc_time now);           ///< the cheapest call that shows whether it may be used
    std::unique_ptr<service> (*make)(service_options options, devo::event_style style);
    /// The tables that it has to have, so configured. A table has the name of the service that writes it: its own is saved
    /// with its checkpoints, another one is read only. nullptr: none, ever.
    std::vector<std::string_view> (*tables)(const service_options& options){nullptr};
    std::string (*summary)(std::string_view value
    ){nullptr};                                      ///< of its table, for people, out of what is under summary_key
    std::vector<std::string> (*members)(){nullptr};  ///< documented names in its events; nullptr: they are not known
};

/// The parameter of that name, or nullptr.
const filter* find_filter(const service_kind& kind, std::string_view name);

/// The key of its own of that name, or nullptr.
const key* find_key(const service_kind& kind, std::string_view name);

/// Values of keys of its own, in a factory: they are checked, and defaults are filled in.
bool flag_key(const service_options& options, std::string_view name);
std::optional<std::int64_t> whole_key(const service_options& options, std::string_view name);

}  // namespace qdc::services
