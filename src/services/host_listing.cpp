#include "services/host_exchange.hpp"
#include "services/host_id_answer.hpp"

namespace qdc::services
{
namespace
{

/// The window can be walked without it, so it is not tried forever.
constexpr std::uint32_t most_tries = 3;

/// Tried three times at most. Whatever comes of it, the walk goes on: the ranges learn of places, or of none.
class host_listing final : public host_exchange
{
public:
    explicit host_listing(host_session& session) : host_exchange(session)
    {
        session_.ranges.list_begins();
        call_ = session_.window_ids_call(session_.ranges.list_from());
    }

    ~host_listing() override
    {
        if (!over_)
            session_.ranges.list_given_back();
    }

    answer_reader& reader() override
    {
        if (!answer_)
            // A place for each page: a range is about one page long.
            answer_ = std::make_unique<host_id_answer>(session_.options.page_size);
        return *answer_;
    }

    void taken() override {}

    error_code done() override
    {
        end(answer_->places());
        answer_.reset();
        return {};
    }

    what_next failed(const call_failure& failure) override
    {
        answer_.reset();
        // It only saves time, so it is given up where trying again may not help soon.
        if (!failure.lasting && !failure.elsewhere && ++tries_ < most_tries)
            return what_next::again;
        // No places: the range without an end stays as it is.
        end({});
        session_.notices.push_back(
            {trouble_id::malformed,
             "the list of host ids does not come (" + failure.reason +
                 "): this cycle pulls the hosts of its window one page after the other"}
        );
        return what_next::over;
    }

    bool is_optional() const override { return true; }

    std::string position() const override { return "the list of host ids"; }

    std::uint64_t progress() const override { return 0; }

private:
    void end(const std::vector<std::uint64_t>& places)
    {
        over_ = true;
        session_.ranges.list_ends(places);
    }

    std::unique_ptr<host_id_answer> answer_;
    std::uint32_t tries_{0};
    bool over_{false};
};

}  // namespace

std::unique_ptr<exchange> make_host_listing(host_session& session)
{
    return std::make_unique<host_listing>(session);
}

}  // namespace qdc::services
