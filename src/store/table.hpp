#pragma once

#include "ports/value_store.hpp"
#include "store/disk_table.hpp"

#include <boost/asio/thread_pool.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::store
{

/// The note that holds the number of the newest generation that is durable.
inline constexpr char generation_note[] = "generation";

/// A table: what is durable, and in front of it what waits in memory to be saved.
class table final : public value_store
{
public:
    /// `on_disk`: nothing for a table that forgets everything. `disk`: the thread that writes; it outlives the table.
    table(std::optional<disk_table> on_disk, boost::asio::thread_pool* disk);

    /// The next generation is that one. Before anything is put.
    void begin_at(std::uint64_t generation) noexcept { open_generation_ = generation; }

    std::optional<std::string_view> find(std::uint64_t key) override;
    std::optional<std::uint64_t> next(std::uint64_t key) override;
    void put(std::uint64_t key, std::string value) override;
    void erase(std::uint64_t key) override;

    std::uint64_t size() const override { return size_; }

    std::uint64_t generation() const override { return changed_ ? open_generation_ : open_generation_ - 1; }

    std::uint64_t seal() override;
    boost::asio::awaitable<error_code> save(std::uint64_t generation) override;
    void rewind() override;
    std::string note(std::string_view name) const override;
    void set_note(std::string_view name, std::string text) override;
    void clear() override;

    std::size_t waiting_bytes() const override { return waiting_bytes_; }

private:
    struct version
    {
        std::uint64_t generation;
        std::optional<std::string> value;  ///< nothing: erased
    };

    struct write
    {
        std::uint64_t generation;
        std::uint64_t key;
    };

    void read_disk();
    bool has(std::uint64_t key);
    std::size_t bytes_waiting(const std::optional<std::string>& value) const;
    void wait(std::uint64_t key, std::optional<std::string> value);
    std::vector<std::uint64_t> keys_up_to(std::uint64_t generation) const;
    changes changes_up_to(std::uint64_t generation) const;
    void forget_up_to(std::uint64_t generation);

    std::optional<disk_table> on_disk_;
    boost::asio::thread_pool* disk_;
    std::map<std::uint64_t, std::vector<version>> waiting_;  ///< of each key the oldest version first
    std::deque<write> writes_;                               ///< that are not saved, in the order of generations
    std::size_t waiting_bytes_{0};
    std::map<std::string, std::string, std::less<>> notes_;
    bool notes_changed_{false};
    std::optional<std::uint64_t> cleared_;  ///< in that generation: what is on disk counts no more
    std::uint64_t open_generation_{1};      ///< what is put now belongs to it
    std::uint64_t saved_generation_{0};
    bool changed_{false};  ///< something belongs to the open generation
    std::uint64_t size_{0};
};

}  // namespace qdc::store
