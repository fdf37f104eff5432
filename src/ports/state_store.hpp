#pragma once

#include "base/error.hpp"
#include "base/utc.hpp"

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>

namespace qdc
{

/// What a checkpoint belongs to.
struct state_key
{
    std::string input;    ///< name of the input in the configuration
    std::string id;       ///< its `id`, spelled as configured ("00123" stays)
    std::string service;  ///< "host_list_detection" …
};

/// What was found for a key. `text` is the service's own JSON object.
struct loaded_state
{
    std::optional<std::string> text;  ///< nothing: there is no state yet
    std::string fallback;             ///< not empty: why the newest generation could not be used
    std::optional<utc_time> saved_at;
    std::optional<utc_time> last_success;  ///< when a cycle of the service was last complete
};

/// Keeps checkpoints. A save either is complete and durable, or leaves the previous one as it was.
class state_store
{
public:
    virtual ~state_store() = default;

    /// The newest generation that can be used; a value without text when there is none. An error: there are some, and
    /// none of them can be used.
    virtual boost::asio::awaitable<result<loaded_state>> load(state_key key) = 0;

    /// Writes `text` so that it survives a power cut (temporary file, fsync, rename, fsync of the directory). The loop
    /// goes on meanwhile; a save once begun is finished even when the caller is stopped. `last_success`: nothing keeps the
    /// one that is saved already.
    virtual boost::asio::awaitable<result<void>>
    save(state_key key, std::string text, std::optional<utc_time> last_success = std::nullopt) = 0;
};

}  // namespace qdc
