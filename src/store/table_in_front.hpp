#pragma once

#include "ports/value_store.hpp"

#include <memory>
#include <utility>

namespace qdc::store
{

/// A table that hands everything on to another one. Derived classes say what they do differently.
class table_in_front : public value_store
{
public:
    explicit table_in_front(std::unique_ptr<value_store> inner) : inner_(std::move(inner)) {}

    std::optional<std::string_view> find(std::uint64_t key) override { return inner_->find(key); }

    std::optional<std::uint64_t> next(std::uint64_t key) override { return inner_->next(key); }

    void put(std::uint64_t key, std::string value) override { inner_->put(key, std::move(value)); }

    void erase(std::uint64_t key) override { inner_->erase(key); }

    std::uint64_t size() const override { return inner_->size(); }

    std::string note(std::string_view name) const override { return inner_->note(name); }

    void set_note(std::string_view name, std::string text) override { inner_->set_note(name, std::move(text)); }

    void clear() override { inner_->clear(); }

    std::uint64_t generation() const override { return inner_->generation(); }

    std::uint64_t seal() override { return inner_->seal(); }

    boost::asio::awaitable<error_code> save(std::uint64_t generation) override { return inner_->save(generation); }

    void rewind() override { inner_->rewind(); }

    std::size_t waiting_bytes() const override { return inner_->waiting_bytes(); }

protected:
    std::unique_ptr<value_store> inner_;
};

}  // namespace qdc::store
