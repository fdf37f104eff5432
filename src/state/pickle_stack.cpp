#include "state/pickle_stack.hpp"

namespace qdc::state
{

using index = pickle_value::index;

index pickle_stack::top() const
{
    // What lies below a mark is out of reach until the mark is gone.
    if (stack_.size() <= (marks_.empty() ? 0 : marks_.back()))
        throw pickle_refusal{"a value is missing"};
    return stack_.back();
}

index pickle_stack::pop()
{
    const auto one = top();
    stack_.pop_back();
    return one;
}

std::vector<index> pickle_stack::pop_to_mark()
{
    if (marks_.empty())
        throw pickle_refusal{"a mark is missing"};
    // The mark is a height of the stack: everything above it belongs to one list or dictionary.
    const auto from = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<index> out(from, stack_.end());
    stack_.erase(from, stack_.end());
    marks_.pop_back();
    return out;
}

void pickle_stack::append_to_list(const std::vector<index>& items)
{
    // The list stays on the stack below its items: it is the top again once they are taken off.
    auto* list = std::get_if<pickle_value::list>(&document_.values[top()].content);
    if (list == nullptr)
        throw pickle_refusal{"an item goes into something that is no list"};
    list->insert(list->end(), items.begin(), items.end());
}

void pickle_stack::set_in_dictionary(const std::vector<index>& items)
{
    auto* dictionary = std::get_if<pickle_value::dictionary>(&document_.values[top()].content);
    if (dictionary == nullptr)
        throw pickle_refusal{"a member goes into something that is no dictionary"};
    if (items.size() % 2 != 0)
        throw pickle_refusal{"a member has no value"};
    for (std::size_t i = 0; i < items.size(); i += 2)
        dictionary->emplace_back(items[i], items[i + 1]);
}

void pickle_stack::keep(std::uint64_t place)
{
    kept_.insert_or_assign(place, top());
}

void pickle_stack::recall(std::uint64_t place)
{
    const auto found = kept_.find(place);
    if (found == kept_.end())
        throw pickle_refusal{"a value is recalled that was never kept"};
    // The value itself is not copied: both places name the same index.
    stack_.push_back(found->second);
}

pickle_document pickle_stack::finish()
{
    document_.root = pop();
    return std::move(document_);
}

}  // namespace qdc::state
