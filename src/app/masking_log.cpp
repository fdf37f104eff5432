#include "app/masking_log.hpp"

#include "qualys/endpoint.hpp"

#include <algorithm>
#include <utility>

namespace qdc::app
{

void masking_log::hide(const std::string& user, const secret& password)
{
    // A password of one or two characters would black out half of every line and is no secret anyway.
    constexpr std::size_t shortest = 4;
    if (password.reveal().size() < shortest)
        return;
    const auto basic = qualys::basic_authorization(user, password).reveal();
    const auto encoded = qualys::form_encoded({{"p", password.reveal()}}).substr(2);
    for (auto form : {basic.substr(basic.find(' ') + 1), encoded, password.reveal()})
        hidden_.push_back(std::move(form));
    // The longest first: one secret may begin like another, and its rest would stay.
    std::stable_sort(
        hidden_.begin(),
        hidden_.end(),
        [](const std::string& one, const std::string& other) { return one.size() > other.size(); }
    );
}

void masking_log::write(log_record record)
{
    mask(record.message);
    for (auto& field : record.fields)
        mask(field.second);
    out_.write(std::move(record));
}

void masking_log::mask(std::string& text) const
{
    constexpr std::string_view stars = "****";
    for (const auto& form : hidden_)
        for (auto at = text.find(form); at != std::string::npos; at = text.find(form, at + stars.size()))
            text.replace(at, form.size(), stars);
}

}  // namespace qdc::app
