#include "logging/masking_log.hpp"

#include <utility>

namespace qdc::logging
{

void masking_log::write(log_record record)
{
    secrets_.mask(record.message);
    for (auto& field : record.fields)
        secrets_.mask(field.second);
    out_.write(std::move(record));
}

}  // namespace qdc::logging
