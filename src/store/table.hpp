#pragma once

#include "ports/value_store.hpp"
#include "store/disk_table.hpp"

#include <boost/asio/thread_pool.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace qdc::store
{

/// A table: what is durable, and in front of it what waits in memory to be saved.
class table final : public value_store
{
public:
    /// `on_disk`: nothing for a table that forgets everything. `disk`: the thread that writes; it outlives the table.
    table(std::optional<disk_table> on_disk, boost::asio::thread_pool* disk);

    std::optional<std::string_view> find(std::uint64_t key) override;
    std::optional<std::uint64_t> next(std::uint64_t key) override;
    void put(std::uint64_t key, std::string value) override;
    void erase(std::uint64_t key) override;

    std::uint64_t size() const override { return size_; }

    std::uint64_t seal() override { return generation_++; }

    boost::asio::awaitable<error_code> save(std::uint64_t generation) override;
    std::string note(std::string_view name) const override;
    void set_note(std::string_view name, std::string text) override;
    void clear() override;

    std::size_t waiting_bytes() const override { return waiting_bytes_; }

private:
    struct waiting
    {
        std::optional<std::string> value;  ///< nothing: erased
        std::uint64_t generation;
    };

    bool has(std::uint64_t key);
    void wait(std::uint64_t key, std::optional<std::string> value);
    changes changes_up_to(std::uint64_t generation) const;
    void forget_up_to(std::uint64_t generation);

    std::optional<disk_table> on_disk_;
    boost::asio::thread_pool* disk_;
    std::map<std::uint64_t, waiting> waiting_;
    std::size_t waiting_bytes_{0};
    std::map<std::string, std::string, std::less<>> notes_;
    bool notes_changed_{false};
    bool cleared_{false};      ///< what is on disk counts no more
    std::uint64_t clears_{0};  ///< how often that was asked for
    std::uint64_t generation_{1};
    std::uint64_t size_{0};
};

}  // namespace qdc::store
