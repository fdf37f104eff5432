#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace qdc
{

/// Values under numbers, in ascending order: what a service has to remember beyond its state. What is put is visible at
/// once; when it becomes durable is decided by whoever saves (ports/value_store.hpp), never before the events that report
/// it are confirmed.
class keyed_values
{
public:
    virtual ~keyed_values() = default;

    /// The value of `key`; valid until the next call of any member. Nothing: there is none.
    virtual std::optional<std::string_view> find(std::uint64_t key) = 0;

    /// The least key that has a value and is at least `key`.
    virtual std::optional<std::uint64_t> next(std::uint64_t key) = 0;

    /// Replaces the value of `key`, if there is one.
    virtual void put(std::uint64_t key, std::string value) = 0;

    /// Does nothing when there is no value.
    virtual void erase(std::uint64_t key) = 0;

    /// How many keys have a value.
    virtual std::uint64_t size() const = 0;

    /// A short text beside the values, "" when there is none: what the values were made with.
    virtual std::string note(std::string_view name) const = 0;

    /// Replaces that note.
    virtual void set_note(std::string_view name, std::string text) = 0;

    /// Forgets all values and notes.
    virtual void clear() = 0;

    /// The number of the generation that holds everything put so far; it grows, over restarts too. A service writes it into
    /// its state (ports/value_store.hpp says why).
    virtual std::uint64_t generation() const = 0;
};

}  // namespace qdc
