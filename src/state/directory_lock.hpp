#pragma once

#include "base/error.hpp"
#include "state/disk.hpp"

#include <filesystem>

namespace qdc::state
{

/// While it lives, no other process (and no other lock of this one) has the directory. The kernel gives it back when
/// the process ends, however it ends.
class directory_lock
{
public:
    /// Makes the directory (0700) when it is missing, then locks DIR/.lock. Does not wait: failure::in_use when
    /// someone else holds it. Other errors: errno.
    [[nodiscard]] static result<directory_lock> take(const std::filesystem::path& directory);

private:
    explicit directory_lock(descriptor file) noexcept : file_(std::move(file)) {}

    descriptor file_;
};

}  // namespace qdc::state
