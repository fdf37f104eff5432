#pragma once

#include "base/trouble_id.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace qdc
{

/// How much a record matters, in rising order.
enum class log_level
{
    debug,
    info,
    warning,
    error,
};

/// A member of a record, for logs that have members: a number stays one there.
struct log_field
{
    std::string name;
    std::variant<std::string, std::uint64_t, double> value;

    bool operator==(const log_field&) const = default;
};

using log_fields = std::vector<log_field>;

/// One record. Never holds a secret: whoever writes it masks first.
struct log_record
{
    log_level level{log_level::info};
    std::string origin;   ///< "InputProcess::QualysHostsPuller(qualys,1,host_list,predefined)", as the official lines
    std::string message;  ///< what was tried, on which service and endpoint, what came back, what happens next
    log_fields fields{};  ///< for json and journald: service, input, http_status …
    std::optional<trouble_id> id{};  ///< of a warning or an error, always
};

/// Where records go. Does not wait and does not fail.
class log
{
public:
    virtual ~log() = default;

    /// Whether records of that level are wanted; what would cost something to write asks first.
    virtual bool enabled(log_level level) const = 0;
    /// Takes a record; debug records only where enabled() says so.
    virtual void write(log_record record) = 0;
};

/// A log with its origin filled in, and with the fields that all its records carry: what a component holds.
class log_origin
{
public:
    log_origin(log& out, std::string origin, log_fields common = {})
        : out_(&out),
          origin_(std::move(origin)),
          common_(std::move(common))
    {
    }

    void debug(std::string message) const { write(log_level::debug, std::nullopt, std::move(message), {}); }

    void info(std::string message, log_fields fields = {}) const
    {
        write(log_level::info, std::nullopt, std::move(message), std::move(fields));
    }

    void warning(trouble_id id, std::string message, log_fields fields = {}) const
    {
        write(log_level::warning, id, std::move(message), std::move(fields));
    }

    void error(trouble_id id, std::string message, log_fields fields = {}) const
    {
        write(log_level::error, id, std::move(message), std::move(fields));
    }

    const std::string& origin() const noexcept { return origin_; }

    log& out() const noexcept { return *out_; }

    /// The same origin, whose records go through `other`.
    log_origin through(log& other) const { return log_origin(other, origin_, common_); }

private:
    void write(log_level level, std::optional<trouble_id> id, std::string message, log_fields fields) const
    {
        if (!out_->enabled(level))
            return;
        fields.insert(fields.begin(), common_.begin(), common_.end());
        out_->write({level, origin_, std::move(message), std::move(fields), id});
    }

    log* out_;
    std::string origin_;
    log_fields common_;
};

}  // namespace qdc
