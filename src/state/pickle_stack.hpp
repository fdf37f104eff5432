#pragma once

#include "state/pickle.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace qdc::state
{

/// Why a pickle is not read. Thrown inside the reader, never out of read_pickle().
struct pickle_refusal
{
    std::string why;
};

/// What a pickle's opcodes work on: a stack of values with marks in it, and places where values are kept. Every
/// misuse is a pickle_refusal.
class pickle_stack
{
public:
    /// Makes a value and puts it on top.
    template <class T>
    void push(T content)
    {
        document_.values.emplace_back().content.emplace<T>(std::move(content));
        stack_.push_back(document_.values.size() - 1);
    }

    /// The next pop_to_mark() ends here.
    void mark() { marks_.push_back(stack_.size()); }

    /// Takes the top off. What lies below the last mark cannot be reached.
    pickle_value::index pop();

    /// Everything above the last mark; the mark goes too.
    std::vector<pickle_value::index> pop_to_mark();

    /// Adds to the list that is now on top.
    void append_to_list(const std::vector<pickle_value::index>& items);

    /// `items`: key, value, key, value …
    void set_in_dictionary(const std::vector<pickle_value::index>& items);

    /// Keeps the top under a number of its own, or under the next one.
    void keep(std::uint64_t place);

    void keep_next() { keep(kept_.size()); }

    /// Puts a kept value on top again: the same value, not a copy.
    void recall(std::uint64_t place);

    /// The top is the document; the stack is done for.
    pickle_document finish();

private:
    pickle_value::index top() const;

    pickle_document document_;
    std::vector<pickle_value::index> stack_;
    std::vector<std::size_t> marks_;                               ///< heights of the stack
    std::unordered_map<std::uint64_t, pickle_value::index> kept_;  ///< no array: the numbers come from the file
};

}  // namespace qdc::state
