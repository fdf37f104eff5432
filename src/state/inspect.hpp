#pragma once

#include "base/error.hpp"
#include "base/utc.hpp"
#include "ports/state_store.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::state
{

/// One checkpoint as `state show` prints it.
struct entry
{
    state_key key;
    std::string file;             ///< name of the newest file, without the directory
    std::uint64_t generation{0};  ///< 0: no generation can be read
    std::string saved_at;         ///< "2024-01-10T09:47:08Z"
    std::string text;             ///< the service's compact JSON object; empty: no generation can be read
    std::string problem;          ///< not empty: why the newest, or neither, can be used
};

/// Every checkpoint of a directory, sorted by file name. Files of other names are passed over. Takes no lock: every
/// file is complete at any instant. Error: errno, as when the directory is missing.
[[nodiscard]] result<std::vector<entry>> list(const std::filesystem::path& directory);

/// Why load() of this key fails or fell back, naming files; empty when nothing is wrong.
std::string why_unusable(const std::filesystem::path& directory, const state_key& key);

/// Forgets a checkpoint: the service begins again. The generation in use is kept as NAME.reset.json, which nothing
/// reads; renaming it to NAME.json undoes the reset. Errors: failure::in_use, failure::no_such_state, errno.
[[nodiscard]] result<void> reset(const std::filesystem::path& directory, const state_key& key);

/// Puts `text` in place of a checkpoint; what stood there becomes the previous generation. Errors: failure::in_use,
/// failure::not_an_object, errno.
[[nodiscard]] result<void>
set(const std::filesystem::path& directory, const state_key& key, std::string_view text, utc_time now);

/// One JSON document of all of them:
/// {"format":1,"states":[{"input":…,"id":…,"service":…,"generation":N,"saved_at":…,"state":{…}},…]} and a line feed.
/// An entry that cannot be read has "state":null and "problem":"…".
std::string export_document(const std::vector<entry>& entries);

}  // namespace qdc::state
