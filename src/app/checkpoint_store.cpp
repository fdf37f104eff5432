#include "app/checkpoint_store.hpp"

#include "state/directory_lock.hpp"
#include "state/failure.hpp"
#include "state/file_store.hpp"

#include <fmt/format.h>

#include <utility>

namespace qdc::app
{

opened_checkpoints open_checkpoints(const std::filesystem::path& directory, const log_origin& log)
{
    if (directory.empty())
        return {state::make_memory_store()};
    auto opened = state::open_file_store(directory);
    if (opened)
        return {std::move(*opened)};
    // Two failures have words of their own: another instance holds the lock, or the folder belongs to somebody else.
    const bool locked = opened.error() == state::failure::in_use;
    const bool denied = opened.error() == boost::system::errc::permission_denied ||
                        opened.error() == boost::system::errc::operation_not_permitted;
    const auto fix =
        denied ? " It has to belong to the user that the collector runs as: " + state::chown_advice(directory) + '.'
               : "";
    log.error(
        locked ? trouble_id::state_in_use : trouble_id::state_unusable,
        fmt::format(
            "The state directory {} cannot be used: {}{}.{} Nothing was collected",
            directory.string(),
            opened.error().message(),
            locked ? state::holder_text(directory) : "",
            fix
        )
    );
    return {nullptr, locked ? exit_status::locked : exit_status::failed};
}

}  // namespace qdc::app
