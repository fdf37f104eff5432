#pragma once

#include "net/connection.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace qdc::net
{

/// When bytes count as delivered.
enum class confirmed_by
{
    end_of_stream,  ///< we end the stream in order, the peer ends its own without a reset, the kernel holds nothing
    acknowledged,   ///< the peer's kernel has them; its program may still lose them
    nothing,        ///< they are in our kernel: a lost connection loses them
};

struct sender_options
{
    peer to;
    std::optional<proxy> via;
    std::string advice;                ///< what helps when there is no connection, in a sentence; may be empty
    std::shared_ptr<tls_context> tls;  ///< nullptr: plain TCP
    confirmed_by confirm{confirmed_by::end_of_stream};
    std::chrono::seconds connect_timeout{30};
    std::chrono::seconds send_timeout{30};     ///< without a byte that the peer takes
    std::chrono::seconds confirm_timeout{10};  ///< for the peer's end of stream, once it has everything
    std::chrono::seconds max_age{3600};        ///< a connection ends in order and the next one takes over
    std::optional<int> compress;               ///< level of gzip members in the stream, 1 to 9; nothing: plain lines
    std::chrono::seconds confirm_after{30};    ///< nothing stays unconfirmed longer while the peer is well
};

}  // namespace qdc::net
