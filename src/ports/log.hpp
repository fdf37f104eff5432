#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qdc
{

enum class log_level
{
    debug,
    info,
    warning,
    error,
};

/// One record. Never holds a secret: whoever writes it masks first.
struct log_record
{
    log_level level{log_level::info};
    std::string origin;   ///< "InputProcess::QualysHostsPuller(qualys,1,host_list,predefined)", as the official lines
    std::string message;  ///< what was tried, on which service and endpoint, what came back, what happens next
    std::vector<std::pair<std::string, std::string>> fields;  ///< for json and journald: service, input, code …
};

/// Where records go. Does not wait and does not fail.
class log
{
public:
    virtual ~log() = default;

    virtual bool enabled(log_level level) const = 0;
    virtual void write(log_record record) = 0;
};

/// A log with its origin filled in: what a component holds.
class log_origin
{
public:
    log_origin(log& out, std::string origin) : out_(&out), origin_(std::move(origin)) {}

    void debug(std::string message) const { write(log_level::debug, std::move(message)); }

    void info(std::string message) const { write(log_level::info, std::move(message)); }

    /// `fields`: figures for logs that have members.
    void info(std::string message, std::vector<std::pair<std::string, std::string>> fields) const
    {
        if (out_->enabled(log_level::info))
            out_->write({log_level::info, origin_, std::move(message), std::move(fields)});
    }

    void warning(std::string message) const { write(log_level::warning, std::move(message)); }

    void error(std::string message) const { write(log_level::error, std::move(message)); }

    const std::string& origin() const noexcept { return origin_; }

private:
    void write(log_level level, std::string message) const
    {
        if (out_->enabled(level))
            out_->write({level, origin_, std::move(message), {}});
    }

    log* out_;
    std::string origin_;
};

}  // namespace qdc
