#include "decode/inflate.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <zlib.h>

using namespace qdc;
using decode::inflater;

namespace
{

constexpr int gzip = 15 + 16;
constexpr int zlib = 15;

std::string packed(std::string_view text, int format = gzip)
{
    z_stream stream{};
    REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, format, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string out(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

struct unpacked
{
    std::string text;
    error_code failure;
    bool finished{false};

    bool operator==(const unpacked&) const = default;
};

unpacked unpack(const std::vector<std::string_view>& pieces, std::size_t room = 4096)
{
    inflater body;
    unpacked out;
    std::vector<char> buffer(room);
    for (auto in : pieces)
    {
        for (std::size_t written = room; written == room;)
        {
            const auto got = body.inflate(in, buffer);
            if (!got)
            {
                out.failure = got.error();
                return out;
            }
            written = *got;
            out.text.append(buffer.data(), written);
        }
        REQUIRE(in.empty());
    }
    out.finished = body.finished();
    return out;
}

/// The body as a whole; checks on the way that neither cuts nor the room matter.
unpacked unpack(std::string_view body)
{
    const auto whole = unpack(std::vector{body});
    std::vector<std::string_view> bytes;
    for (std::size_t cut = 0; cut < body.size(); ++cut)
    {
        CAPTURE(cut);
        CHECK(unpack({body.substr(0, cut), body.substr(cut)}).failure == whole.failure);
        CHECK(unpack({body.substr(0, cut), body.substr(cut)}).finished == whole.finished);
        bytes.push_back(body.substr(cut, 1));
    }
    CHECK(unpack(bytes).failure == whole.failure);
    if (!whole.failure)
    {
        CHECK(unpack(bytes) == whole);
        CHECK(unpack({body}, 1) == whole);
        CHECK(unpack({body}, 7) == whole);
    }
    return whole;
}

}  // namespace

TEST_CASE("inflate: a gzip body is unpacked, whatever the cut and the room")
{
    const auto out = unpack(packed("<HOST_LIST/> <HOST_LIST/> <HOST_LIST/>"));
    CHECK(out.text == "<HOST_LIST/> <HOST_LIST/> <HOST_LIST/>");
    CHECK(out.finished);
}

TEST_CASE("inflate: a zlib body is unpacked too")
{
    const auto out = unpack(packed("abc", zlib));
    CHECK(out.text == "abc");
    CHECK(out.finished);
}

TEST_CASE("inflate: several gzip members are one body")
{
    const auto out = unpack(packed("abc") + packed("") + packed("def"));
    CHECK(out.text == "abcdef");
    CHECK(out.finished);
}

TEST_CASE("inflate: zero bytes behind a member are padding")
{
    const auto out = unpack(packed("abc") + std::string(5, '\0') + packed("def") + std::string(3, '\0'));
    CHECK(out.text == "abcdef");
    CHECK(out.finished);
}

TEST_CASE("inflate: a body that ends early is not finished")
{
    const auto body = packed("abc") + packed("a longer text, so that there is something to cut");
    for (std::size_t size = 0; size < body.size(); ++size)
    {
        CAPTURE(size);
        const auto out = unpack(std::vector{std::string_view(body).substr(0, size)});
        CHECK_FALSE(out.failure);
        CHECK(out.finished == (size == packed("abc").size()));
    }
}

TEST_CASE("inflate: what is no gzip is refused")
{
    CHECK(unpack("<HOST_LIST_OUTPUT/>").failure == errc::gzip_damaged);
}

TEST_CASE("inflate: a wrong checksum is refused")
{
    auto body = packed("abcabcabcabc");
    body[body.size() - 6] ^= 1;
    CHECK(unpack(body).failure == errc::gzip_damaged);
}

TEST_CASE("inflate: something else behind a member is refused")
{
    CHECK(unpack(packed("abc") + "<HTML>").failure == errc::gzip_damaged);
    CHECK(unpack(packed("abc") + "\x1f<HTML>").failure == errc::gzip_damaged);
}

TEST_CASE("inflate: a call never writes more than its room, however well the body is packed")
{
    const auto body = packed(std::string(10'000'000, 'x'));
    inflater bomb;
    std::string_view in = body;
    std::vector<char> room(1000);
    std::size_t total = 0;
    for (std::size_t written = room.size(); written == room.size();)
    {
        const auto got = bomb.inflate(in, room);
        REQUIRE(got.has_value());
        written = *got;
        total += written;
    }
    CHECK(total == 10'000'000);
    CHECK(bomb.finished());
}
