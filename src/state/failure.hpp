#pragma once

#include <boost/system/error_code.hpp>

namespace qdc::state
{

/// Failures that only the state directory knows. errno values and errc::state_damaged come beside them.
enum class failure
{
    in_use = 1,     ///< another process holds the lock of the directory
    not_an_object,  ///< the text to be kept is not one JSON object
    no_such_state,  ///< there is nothing under this key
    not_a_file,     ///< a FIFO, a device or a socket stands in the place of a file
    no_locks,       ///< the file system knows no locks (ENOLCK)
};

/// Codes are failure.
const boost::system::error_category& failure_category() noexcept;

inline boost::system::error_code make_error_code(failure e) noexcept
{
    return {static_cast<int>(e), failure_category()};
}

}  // namespace qdc::state

template <>
struct boost::system::is_error_code_enum<qdc::state::failure> : std::true_type
{
};
