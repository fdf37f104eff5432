#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace qdc
{

/// Writes one JSON object into a text, member by member, in the order of the calls. Names and texts are escaped; they
/// must be valid UTF-8. For documents that are built as a whole and for what is read, Boost.JSON is used.
class json_object
{
public:
    /// Begins one behind what `out` holds. `out` outlives it.
    explicit json_object(std::string& out);

    json_object& text(std::string_view name, std::string_view value);

    json_object& number(std::string_view name, std::uint64_t value);

    json_object& texts(std::string_view name, std::span<const std::string> values);

    /// `json`: a value of any kind, as JSON.
    json_object& value(std::string_view name, std::string_view json);

    /// Ends it; nothing may be added any more.
    void end() { out_ += '}'; }

private:
    void begin_member(std::string_view name);

    std::string& out_;
    bool empty_{true};
};

}  // namespace qdc
