// A pickle is a program for a stack machine; this reads the part of it that only builds plain data. {"a": [1, 2]} in
// protocol 2, opcode by opcode (but for the BINPUTs), and the stack behind each:
//
//   PROTO 2, EMPTY_DICT        {}
//   BINUNICODE "a"             {} "a"
//   EMPTY_LIST, MARK           {} "a" [] │
//   BININT1 1, BININT1 2       {} "a" [] │ 1 2
//   APPENDS                    {} "a" [1, 2]
//   SETITEM                    {"a": [1, 2]}
//   STOP                       the top is the document

#include "state/pickle.hpp"

#include "base/number.hpp"
#include "state/pickle_opcode.hpp"
#include "state/pickle_source.hpp"
#include "state/pickle_stack.hpp"
#include "state/pickle_text.hpp"

#include <fmt/core.h>

#include <bit>

namespace qdc::state
{
namespace
{

// An opcode takes a byte of the file and up to 60 of memory. The official collector remembers the ids of one date.
constexpr std::size_t most_opcodes = 1'200'000;

/// The value of an argument that may be malformed.
template <class T>
T checked(std::optional<T> argument, std::string_view name)
{
    if (!argument)
        throw pickle_refusal{fmt::format("{} is malformed or too large", name)};
    return std::move(*argument);
}

/// A string of the pickle; it ends up in JSON, so it has to be UTF-8.
std::string checked_text(std::string_view utf8)
{
    if (!is_pickle_utf8(utf8))
        throw pickle_refusal{"a string is not UTF-8"};
    return std::string(utf8);
}

/// Takes opcode after opcode until STOP; whatever is out of order is a pickle_refusal.
class reader
{
public:
    explicit reader(std::string_view bytes) : source_(bytes) {}

    pickle_document read()
    {
        for (std::size_t done = 0;; ++done)
        {
            opcode_at_ = source_.at();
            if (done == most_opcodes)
                throw pickle_refusal{fmt::format("it has more than {} opcodes", most_opcodes)};
            const auto op = static_cast<pickle_opcode>(source_.take(1).front());
            if (op == pickle_opcode::stop)
                return stack_.finish();
            if (!constant(op) && !constant_in_line(op) && !container(op) && !memory(op) && !framing(op))
                throw pickle_refusal{fmt::format("opcode {} is refused, as plain data needs none", name_of(op))};
        }
    }

    std::size_t opcode_at() const noexcept { return opcode_at_; }

private:
    // Groups of opcodes; each answers whether the opcode was one of its own.
    bool constant(pickle_opcode op);
    bool constant_in_line(pickle_opcode op);
    bool container(pickle_opcode op);
    bool memory(pickle_opcode op);
    bool framing(pickle_opcode op);

    /// The argument of PUT and GET in protocols 0 and 1: a number on a line of its own.
    std::uint64_t place_in_line()
    {
        const auto place = checked(number_in<std::int64_t>(source_.line()), "the place of a kept value");
        return static_cast<std::uint64_t>(place);
    }

    pickle_source source_;
    pickle_stack stack_;
    std::size_t opcode_at_{0};
};

/// Opcodes that push one value, with its argument in binary form.
bool reader::constant(pickle_opcode op)
{
    switch (op)
    {
        case pickle_opcode::none:
            stack_.push(nullptr);
            return true;
        case pickle_opcode::new_true:
            stack_.push(true);
            return true;
        case pickle_opcode::new_false:
            stack_.push(false);
            return true;
        case pickle_opcode::bin_int:
            stack_.push(std::int64_t{static_cast<std::int32_t>(source_.number(4))});
            return true;
        case pickle_opcode::bin_int1:
            stack_.push(static_cast<std::int64_t>(source_.number(1)));
            return true;
        case pickle_opcode::bin_int2:
            stack_.push(static_cast<std::int64_t>(source_.number(2)));
            return true;
        case pickle_opcode::long1:
            stack_.push(checked(pickle_long(source_.take(source_.number(1))), "a number"));
            return true;
        case pickle_opcode::bin_float:  // the one number with its highest byte first
            stack_.push(std::bit_cast<double>(__builtin_bswap64(source_.number(8))));
            return true;
        case pickle_opcode::short_bin_unicode:
            stack_.push(checked_text(source_.take(source_.number(1))));
            return true;
        case pickle_opcode::bin_unicode:
            stack_.push(checked_text(source_.take(source_.number(4))));
            return true;
        default:
            return false;
    }
}

/// Those of protocols 0 and 1, whose argument is a line of text.
bool reader::constant_in_line(pickle_opcode op)
{
    switch (op)
    {
        case pickle_opcode::int_line:
        {
            // Protocols 0 and 1 have no opcode for booleans: they are the numbers 00 and 01.
            const auto digits = source_.line();
            if (digits == "00" || digits == "01")
                stack_.push(digits == "01");
            else
                stack_.push(checked(number_in<std::int64_t>(digits), "a number"));
            return true;
        }
        case pickle_opcode::long_line:
        {
            auto digits = source_.line();
            // Python writes an L behind the digits of a LONG.
            if (digits.ends_with('L'))
                digits.remove_suffix(1);
            stack_.push(checked(number_in<std::int64_t>(digits), "a number"));
            return true;
        }
        case pickle_opcode::float_line:
            stack_.push(checked(number_in<double>(source_.line()), "a number"));
            return true;
        case pickle_opcode::unicode_line:
            stack_.push(checked_text(checked(pickle_raw_unicode(source_.line()), "a string")));
            return true;
        default:
            return false;
    }
}

/// Opcodes that make lists and dictionaries, or put values into them.
bool reader::container(pickle_opcode op)
{
    switch (op)
    {
        case pickle_opcode::empty_list:
            stack_.push(pickle_value::list());
            return true;
        case pickle_opcode::empty_dict:
            stack_.push(pickle_value::dictionary());
            return true;
        case pickle_opcode::mark:
            stack_.mark();
            return true;
        case pickle_opcode::list:
            stack_.push(pickle_value::list(stack_.pop_to_mark()));
            return true;
        case pickle_opcode::dict:
        {
            const auto items = stack_.pop_to_mark();
            stack_.push(pickle_value::dictionary());
            stack_.set_in_dictionary(items);
            return true;
        }
        case pickle_opcode::append:
        {
            const auto item = stack_.pop();
            stack_.append_to_list({item});
            return true;
        }
        case pickle_opcode::appends:
            stack_.append_to_list(stack_.pop_to_mark());
            return true;
        case pickle_opcode::set_item:
        {
            const auto value = stack_.pop();
            const auto key = stack_.pop();
            stack_.set_in_dictionary({key, value});
            return true;
        }
        case pickle_opcode::set_items:
            stack_.set_in_dictionary(stack_.pop_to_mark());
            return true;
        default:
            return false;
    }
}

/// Opcodes that keep a value under a number, and bring it back.
bool reader::memory(pickle_opcode op)
{
    switch (op)
    {
        case pickle_opcode::memoize:
            stack_.keep_next();
            return true;
        case pickle_opcode::bin_put:
            stack_.keep(source_.number(1));
            return true;
        case pickle_opcode::long_bin_put:
            stack_.keep(source_.number(4));
            return true;
        case pickle_opcode::put_line:
            stack_.keep(place_in_line());
            return true;
        case pickle_opcode::bin_get:
            stack_.recall(source_.number(1));
            return true;
        case pickle_opcode::long_bin_get:
            stack_.recall(source_.number(4));
            return true;
        case pickle_opcode::get_line:
            stack_.recall(place_in_line());
            return true;
        default:
            return false;
    }
}

/// Opcodes that only describe the file.
bool reader::framing(pickle_opcode op)
{
    switch (op)
    {
        case pickle_opcode::proto:
            if (const auto protocol = source_.number(1); protocol > 5)
                throw pickle_refusal{fmt::format("its protocol {} is not known", protocol)};
            return true;
        case pickle_opcode::frame:
            source_.take(8);  // a length that only serves reading ahead
            return true;
        default:
            return false;
    }
}

}  // namespace

const pickle_value* pickle_document::member(const pickle_value& owner, std::string_view name) const
{
    const auto* dictionary = std::get_if<pickle_value::dictionary>(&owner.content);
    const pickle_value* found = nullptr;
    if (dictionary == nullptr)
        return found;
    for (const auto& [key, value] : *dictionary)
    {
        const auto* text = std::get_if<std::string>(&values[key].content);
        if (text != nullptr && *text == name)
            found = &values[value];
    }
    return found;
}

pickle_outcome read_pickle(std::string_view bytes)
{
    reader from(bytes);
    try
    {
        return {from.read(), {}};
    }
    catch (const pickle_refusal& refusal)
    {
        return {std::nullopt, fmt::format("{} (byte {})", refusal.why, from.opcode_at())};
    }
}

}  // namespace qdc::state
