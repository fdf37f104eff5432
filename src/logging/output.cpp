#include "logging/output.hpp"

#include "logging/journal.hpp"
#include "logging/lines.hpp"
#include "logging/stream.hpp"

#include <fmt/core.h>

#include <cstdlib>

namespace qdc::logging
{
namespace
{

/// The format that is used: `automatic` becomes journald or text.
log_format chosen(const log_options& options)
{
    if (options.format != log_format::automatic)
        return options.format;
    const bool journal = leads_to_journal(options.descriptor, std::getenv("JOURNAL_STREAM"));
    return journal ? log_format::journald : log_format::text;
}

/// The log over a descriptor and, with the format journald, over the journal's socket.
class program_log final : public log_output
{
public:
    explicit program_log(log_options options)
        : options_(std::move(options)),
          format_(chosen(options_)),
          stream_(options_.descriptor),
          journal_(options_.journal_socket)
    {
        if (!options_.now)
            options_.now = [] { return std::chrono::system_clock::now(); };
    }

    ~program_log() override
    {
        // What was lost so far is reported in the shutdown too, as far as the reader takes it.
        log_dropped();
        stream_.flush();
    }

    program_log(const program_log&) = delete;
    program_log& operator=(const program_log&) = delete;

    bool enabled(log_level level) const override { return level >= options_.threshold; }

    void write(log_record record) override
    {
        // A note about lost records comes in front of the next record, where the gap is.
        if (!enabled(record.level))
            return;
        log_dropped();
        put(record);
    }

    void set_threshold(log_level threshold) override { options_.threshold = threshold; }

    std::uint64_t dropped() const override { return journal_dropped_ + stream_.dropped(); }

private:
    /// Writes a record in the chosen form.
    void put(const log_record& record)
    {
        const auto time = options_.now();
        switch (format_)
        {
            case log_format::automatic:
            case log_format::text:
                stream_.write(text_line(record, time));
                return;
            case log_format::json:
                stream_.write(json_line(record, time));
                return;
            case log_format::journald:
                put_in_journal(record, time);
                return;
        }
    }

    /// sent: done. full: the record is lost and counted. absent: the line goes to the stream, where systemd may read
    /// it.
    void put_in_journal(const log_record& record, utc_time time)
    {
        switch (journal_.send(journal_datagram(record, options_.identifier)))
        {
            case log_journal::outcome::sent:
                return;
            case log_journal::outcome::full:
                ++journal_dropped_;
                return;
            case log_journal::outcome::absent:
                stream_.write(prefixed_line(record, time));
                return;
        }
    }

    /// Logs how much was lost, once there is space again. Should this record be lost too, the next one reports it.
    void log_dropped()
    {
        // Nothing new was lost, or there is still no space for the note.
        const auto before = dropped();
        if (before == told_ || !stream_.flush())
            return;
        const auto lost = before - told_;
        put(
            {log_level::warning,
             "MainProcess::Log",
             fmt::format("{} log records were dropped, as nobody took them", lost),
             {{"dropped", lost}},
             trouble_id::log_lost}
        );
        // The note itself may be lost; then the number stays unreported.
        if (dropped() == before)
            told_ = before;
    }

    log_options options_;
    log_format format_;
    log_stream stream_;
    log_journal journal_;
    std::uint64_t journal_dropped_{0};
    std::uint64_t told_{0};
};

}  // namespace

std::optional<log_format> log_format_of(std::string_view word)
{
    if (word == "text")
        return log_format::text;
    if (word == "json")
        return log_format::json;
    if (word == "journald")
        return log_format::journald;
    return std::nullopt;
}

std::optional<log_level> log_level_of(std::string_view word)
{
    // As --log-level spells them, whatever the case.
    std::string upper;
    for (const char c : word)
        upper += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    for (const auto level : {log_level::debug, log_level::info, log_level::warning, log_level::error})
        if (upper == name_of(level))
            return level;
    return std::nullopt;
}

std::unique_ptr<log_output> make_log(log_options options)
{
    return std::make_unique<program_log>(std::move(options));
}

}  // namespace qdc::logging
