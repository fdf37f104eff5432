#pragma once

#include <string>
#include <string_view>

namespace qdc::logging
{

/// The native socket of systemd-journald. Every datagram names its address, so that a restarted journald is found.
class log_journal
{
public:
    /// What became of a record.
    enum class outcome
    {
        sent,
        full,    ///< journald does not keep up: the record is lost
        absent,  ///< nobody listens there, or the datagram is refused
    };

    /// `socket_path`: journald's, mostly /run/systemd/journal/socket. Nothing has to listen there yet.
    explicit log_journal(std::string socket_path);
    ~log_journal();
    log_journal(const log_journal&) = delete;
    log_journal& operator=(const log_journal&) = delete;

    /// Does not wait.
    outcome send(std::string_view datagram);

private:
    std::string path_;
    int socket_;
};

/// Whether `descriptor` is the stream that systemd connected to the journal: `journal_stream`, the value of
/// $JOURNAL_STREAM, holds its "device:inode" (systemd.exec(5)). A null pointer is no.
bool leads_to_journal(int descriptor, const char* journal_stream);

}  // namespace qdc::logging
