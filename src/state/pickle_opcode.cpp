#include "state/pickle_opcode.hpp"

#include <fmt/core.h>

#include <array>
#include <string_view>
#include <utility>

namespace qdc::state
{
namespace
{

// Names from Python's pickletools, for messages: what would import, call or build, and types that the state never has.
constexpr auto refused = std::to_array<std::pair<char, std::string_view>>({
    {'c', "GLOBAL"},
    {'R', "REDUCE"},
    {'b', "BUILD"},
    {'i', "INST"},
    {'o', "OBJ"},
    {'P', "PERSID"},
    {'Q', "BINPERSID"},
    {'0', "POP"},
    {'1', "POP_MARK"},
    {'2', "DUP"},
    {'S', "STRING"},
    {'T', "BINSTRING"},
    {'U', "SHORT_BINSTRING"},
    {'B', "BINBYTES"},
    {'C', "SHORT_BINBYTES"},
    {'t', "TUPLE"},
    {')', "EMPTY_TUPLE"},
    {'\x81', "NEWOBJ"},
    {'\x82', "EXT1"},
    {'\x83', "EXT2"},
    {'\x84', "EXT4"},
    {'\x85', "TUPLE1"},
    {'\x86', "TUPLE2"},
    {'\x87', "TUPLE3"},
    {'\x8b', "LONG4"},
    {'\x8d', "BINUNICODE8"},
    {'\x8e', "BINBYTES8"},
    {'\x8f', "EMPTY_SET"},
    {'\x90', "ADDITEMS"},
    {'\x91', "FROZENSET"},
    {'\x92', "NEWOBJ_EX"},
    {'\x93', "STACK_GLOBAL"},
    {'\x96', "BYTEARRAY8"},
    {'\x97', "NEXT_BUFFER"},
    {'\x98', "READONLY_BUFFER"},
});

}  // namespace

std::string name_of(pickle_opcode op)
{
    for (const auto& [code, name] : refused)
        if (code == static_cast<char>(op))
            return std::string(name);
    return fmt::format("{:#04x}", static_cast<unsigned char>(op));
}

}  // namespace qdc::state
