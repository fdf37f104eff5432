#pragma once

#include <string_view>

namespace qdc::services
{

/// One member of a JSON object, as it stands there.
struct json_member
{
    std::string_view name;   ///< without quotes, escapes as they are
    std::string_view value;  ///< with quotes or brackets
};

/// Takes the members off the front of a compact JSON object, one after the other. The object is one that this program
/// wrote itself, so it is not checked; whether its last brace is there does not matter. Linear in its bytes.
class json_members
{
public:
    explicit json_members(std::string_view object) : rest_(object.substr(object.empty() ? 0 : 1)) {}

    /// False: there are no more.
    bool next(json_member& member);

private:
    std::string_view rest_;
};

/// The inside of a JSON string value; a value of another type gives its `#text`, and "" when it has none.
std::string_view text_of_value(std::string_view value);

}  // namespace qdc::services
