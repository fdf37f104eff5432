#include "logging/stream.hpp"

#include "unit/logging/pipe_pair.hpp"
#include "unit/status/small_files.hpp"

#include <array>
#include <cstdio>

using namespace qdc;
using test::pipe_pair;

TEST_CASE("log stream: lines arrive whole and in order")
{
    pipe_pair pipe;
    logging::log_stream stream(pipe.writer());
    stream.write("one\n");
    stream.write("two\n");
    CHECK(pipe.read_all() == "one\ntwo\n");
    CHECK(stream.dropped() == 0);
}

TEST_CASE("log stream: a pipe that nobody empties does not hold the writer up")
{
    pipe_pair pipe;
    logging::log_stream stream(pipe.writer(), 4096);
    const auto line = std::string(99, 'x') + "\n";
    for (int i = 0; i < 5000; ++i)  // half a megabyte; a pipe holds 64 KiB
        stream.write(line);
    CHECK(stream.dropped() > 4000);
    CHECK(stream.dropped() < 5000);
}

TEST_CASE("log stream: what fits again goes out before the next line, and no line is torn")
{
    pipe_pair pipe;
    logging::log_stream stream(pipe.writer(), 8192);
    const int count = 3000;
    for (int i = 0; i < count; ++i)
        stream.write("line " + std::to_string(i) + " " + std::string(60, 'x') + "\n");
    const auto dropped = stream.dropped();
    REQUIRE(dropped > 0);
    auto got = pipe.read_all();
    stream.write("after\n");
    CHECK(stream.flush());
    got += pipe.read_all();

    const auto first_lost = static_cast<std::uint64_t>(count) - dropped;
    std::string expected;
    for (std::uint64_t i = 0; i < first_lost; ++i)
        expected += "line " + std::to_string(i) + " " + std::string(60, 'x') + "\n";
    CHECK((got == expected + "after\n"));
}

TEST_CASE("log stream: a line longer than a pipe's atomic write arrives whole")
{
    pipe_pair pipe;
    logging::log_stream stream(pipe.writer());
    const auto line = std::string(20000, 'x') + "\n";
    stream.write(line);
    CHECK((pipe.read_all() == line));
}

TEST_CASE("log stream: lines longer than the room in a pipe do not hold the writer up either")
{
    pipe_pair pipe;
    logging::log_stream stream(pipe.writer(), 20001);
    const auto line = std::string(20000, 'x') + "\n";
    for (int i = 0; i < 10; ++i)
        stream.write(line);
    CHECK(stream.dropped() > 0);
}

TEST_CASE("log stream: a line whose rest was lost is ended before the next one")
{
    const test::small_files limit(10);
    std::FILE* file = std::tmpfile();
    REQUIRE(file != nullptr);
    logging::log_stream stream(::fileno(file));
    stream.write("0123456789abc\n");
    CHECK(stream.dropped() == 1);
    limit.lift();
    stream.write("next\n");
    std::array<char, 100> content{};
    const auto size = ::pread(::fileno(file), content.data(), content.size(), 0);
    std::fclose(file);
    CHECK(std::string(content.data(), static_cast<std::size_t>(size)) == "0123456789\nnext\n");
}

TEST_CASE("log stream: a reader that has gone costs lines, not the process")
{
    pipe_pair pipe;
    logging::log_stream stream(pipe.writer());
    pipe.close_reader();
    stream.write("one\n");
    stream.write("two\n");
    CHECK(stream.dropped() == 2);
}

TEST_CASE("log stream: a descriptor that is closed costs lines, not the process")
{
    logging::log_stream stream(-1);
    stream.write("one\n");
    CHECK(stream.dropped() == 0);  // poll(2) passes a negative number over: nothing tells of an error
    logging::log_stream closed(9999);
    closed.write("one\n");
    CHECK(closed.dropped() == 1);
}

TEST_CASE("log stream: a full disk costs lines")
{
    const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    REQUIRE(full >= 0);
    logging::log_stream stream(full);
    stream.write("one\n");
    CHECK(stream.dropped() == 1);
    ::close(full);
}

TEST_CASE("log stream: a socket, as systemd gives one, is written without waiting")
{
    pipe_pair pipe(pipe_pair::kind::socket);
    logging::log_stream stream(pipe.writer(), 1000);
    stream.write("one\n");
    CHECK(pipe.read_all() == "one\n");
    const auto line = std::string(999, 'x') + "\n";
    for (int i = 0; i < 2000; ++i)
        stream.write(line);
    CHECK(stream.dropped() > 0);
    CHECK(stream.dropped() < 2000);
}
