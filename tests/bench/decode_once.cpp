// Decodes a page once, for a tool that counts instructions (tests/bench/instructions_test.py).
//
//   decode_once ours|expat PAGE.xml

#include "bench/bare_expat.hpp"
#include "bench/decoding.hpp"

#include <array>
#include <fstream>
#include <iostream>
#include <string>

namespace
{

using namespace qdc::bench;

/// Calls `feed` for each piece of the file: what that costs is the same for both ways.
template <class Feed>
void each_piece(const std::string& path, Feed feed)
{
    std::ifstream in(path, std::ios::binary);
    std::array<char, bare_expat::piece_bytes> piece;
    while (in.read(piece.data(), piece.size()) || in.gcount() > 0)
        feed(std::string_view(piece.data(), static_cast<std::size_t>(in.gcount())));
}

int decode(const std::string& path)
{
    decoding way;
    bool good = true;
    each_piece(path, [&good, &way](std::string_view piece) { good = good && way.feed(piece); });
    std::cout << way.frame_bytes() << " bytes of frames\n";
    return good && way.frame_bytes() > 0 ? 0 : 1;
}

int parse(const std::string& path)
{
    bare_expat parser;
    each_piece(path, [&parser](std::string_view piece) { parser.feed(piece); });
    parser.finish();
    return 0;
}

}  // namespace

int main(int argc, char** argv)
{
    const std::string way = argc == 3 ? argv[1] : "";
    if (way == "ours")
        return decode(argv[2]);
    if (way == "expat")
        return parse(argv[2]);
    std::cerr << "usage: decode_once ours|expat PAGE.xml\n";
    return 2;
}
