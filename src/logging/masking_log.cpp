#include "logging/masking_log.hpp"

#include <string>
#include <utility>
#include <variant>

namespace qdc::logging
{

void masking_log::write(log_record record)
{
    // Only texts can hold a secret: the message and the fields that are texts.
    secrets_.mask(record.message);
    for (auto& field : record.fields)
        if (auto* const text = std::get_if<std::string>(&field.value))
            secrets_.mask(*text);
    out_.write(std::move(record));
}

}  // namespace qdc::logging
