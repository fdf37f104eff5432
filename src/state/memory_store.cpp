#include "state/envelope.hpp"
#include "state/failure.hpp"
#include "state/file_name.hpp"
#include "state/file_store.hpp"

#include <map>

namespace qdc::state
{
namespace
{

/// States that end with the program; only JSON objects are taken, as by the files.
class memory_store final : public state_store
{
public:
    boost::asio::awaitable<result<loaded_state>> load(state_key key) override
    {
        loaded_state out;
        const auto found = texts_.find(names_of(key).newest);
        if (found != texts_.end())
            out.text = found->second;
        co_return out;
    }

    /// Its times are those of the running program, which shows them anyway.
    boost::asio::awaitable<result<void>> save(state_key key, std::string text, std::optional<utc_time>) override
    {
        auto compact = compact_object(text);
        if (!compact)
            co_return make_error_code(failure::not_an_object);
        texts_[names_of(key).newest] = std::move(*compact);
        co_return result<void>();
    }

private:
    std::map<std::string, std::string> texts_;
};

}  // namespace

std::unique_ptr<state_store> make_memory_store()
{
    return std::make_unique<memory_store>();
}

}  // namespace qdc::state
