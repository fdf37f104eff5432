#pragma once

#include "flow/condition.hpp"
#include "ports/state_store.hpp"

#include <string>
#include <utility>
#include <vector>

namespace qdc::test
{

/// Keeps every text that was saved; fails and waits as it is told.
class fake_store final : public state_store
{
public:
    explicit fake_store(boost::asio::any_io_executor ex) : moved_(std::move(ex)) {}

    loaded_state found;
    error_code unreadable;           ///< load() fails
    int failures{0};                 ///< so many saves fail from now on
    int attempts{0};                 ///< saves that were begun
    std::vector<std::string> saved;  ///< saves that went well, the newest last
    std::optional<utc_time> saved_success;

    boost::asio::awaitable<result<loaded_state>> load(state_key) override
    {
        if (unreadable)
            co_return unreadable;
        co_return found;
    }

    boost::asio::awaitable<result<void>>
    save(state_key, std::string text, std::optional<utc_time> last_success) override
    {
        ++attempts;
        while (held_)
            co_await moved_.wait();
        if (failures > 0)
        {
            --failures;
            co_return make_error_code(boost::system::errc::no_space_on_device);
        }
        saved.push_back(std::move(text));
        if (last_success)
            saved_success = last_success;
        co_return result<void>();
    }

    /// A held save does not come back.
    void hold(bool now)
    {
        held_ = now;
        moved_.notify_all();
    }

    std::string newest() const { return saved.empty() ? std::string() : saved.back(); }

private:
    bool held_{false};
    condition moved_;
};

}  // namespace qdc::test
