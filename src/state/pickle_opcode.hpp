#pragma once

#include <string>

namespace qdc::state
{

/// The opcodes that plain data needs: first protocols 0 and 1, whose arguments are lines or short binary numbers, then
/// protocols 2 to 5.
enum class pickle_opcode : char
{
    stop = '.',
    mark = '(',
    none = 'N',
    int_line = 'I',
    long_line = 'L',
    float_line = 'F',
    unicode_line = 'V',
    list = 'l',
    dict = 'd',
    append = 'a',
    set_item = 's',
    put_line = 'p',
    get_line = 'g',

    bin_int = 'J',
    bin_int1 = 'K',
    bin_int2 = 'M',
    bin_float = 'G',
    bin_unicode = 'X',
    empty_list = ']',
    empty_dict = '}',
    appends = 'e',
    set_items = 'u',
    bin_put = 'q',
    long_bin_put = 'r',
    bin_get = 'h',
    long_bin_get = 'j',

    proto = '\x80',
    new_true = '\x88',
    new_false = '\x89',
    long1 = '\x8a',
    short_bin_unicode = '\x8c',
    memoize = '\x94',
    frame = '\x95',
};

/// The name that Python gives to an opcode outside that list ("REDUCE"), or "0xff".
std::string name_of(pickle_opcode op);

}  // namespace qdc::state
