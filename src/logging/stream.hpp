#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace qdc::logging
{

/// Writes lines to a descriptor it does not own, and never waits for its reader.
///
/// Standard error may be a pipe that nobody empties, and O_NONBLOCK is no way out: the flag would also hit every other
/// process that shares the open file. So each piece of at most PIPE_BUF bytes is written only after poll(2) said that
/// it fits. What does not fit is kept, up to `backlog_limit_bytes`, and goes out before the next line; beyond that,
/// complete lines are dropped and counted. A descriptor that fails (a closed pipe, a full disk) drops lines in the same
/// way. The program must ignore SIGPIPE.
class log_stream
{
public:
    /// `descriptor` stays open as long as this lives.
    explicit log_stream(int descriptor, std::size_t backlog_limit_bytes = 65536);

    /// Writes, keeps or drops one finished line.
    void write(std::string_view line);

    /// Writes what is kept, as far as the reader takes it; true when nothing is left.
    bool flush();

    /// Lines that were lost since the start.
    std::uint64_t dropped() const noexcept { return dropped_; }

private:
    enum class progress
    {
        written,
        full,
        failed,
    };

    progress write_piece();
    void give_up();

    int descriptor_;
    bool is_socket_;
    std::size_t backlog_limit_bytes_;
    std::string backlog_;
    bool inside_line_{false};  ///< the descriptor has the beginning of a line whose rest it has not
    std::uint64_t dropped_{0};
};

}  // namespace qdc::logging
