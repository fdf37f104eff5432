#include "state/directory_lock.hpp"

#include "state/disk.hpp"
#include "state/failure.hpp"
#include "state/pickle.hpp"
#include "unit/state/scratch.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

using namespace qdc;
using state::directory_lock;

TEST_CASE("directory_lock: the removal of its file frees nothing")
{
    const test::scratch dir;
    const auto held = directory_lock::take(dir.path());
    REQUIRE(held.has_value());
    std::filesystem::remove(dir.path() / ".lock");
    CHECK(directory_lock::take(dir.path()).error() == state::failure::in_use);
}

TEST_CASE("directory_lock: who finds it taken can name the process that has it")
{
    const test::scratch dir;
    CHECK(state::holder_text(dir.path()).empty());
    const auto held = directory_lock::take(dir.path());
    REQUIRE(held.has_value());
    CHECK(state::holder_text(dir.path()) == " (process " + std::to_string(::getpid()) + ')');
    // An older version notes nothing, and what is none of ours is not shown.
    std::filesystem::resize_file(dir.path() / ".lock", 0);
    CHECK(state::holder_text(dir.path()).empty());
    std::ofstream(dir.path() / ".lock") << "somebody";
    CHECK(state::holder_text(dir.path()).empty());
}

TEST_CASE("directory_lock: a folder in the place of the locked one is held, too")
{
    const test::scratch dir;
    const auto place = dir.path() / "state";
    auto held = directory_lock::take(place);
    REQUIRE(held.has_value());
    std::filesystem::rename(place, dir.path() / "aside");
    CHECK(directory_lock::take(place).error() == state::failure::in_use);

    // The holder takes the new one over, and goes back when the old one does.
    std::filesystem::create_directories(place);
    CHECK_FALSE(held->renew(place).failed());
    CHECK(std::filesystem::exists(place / ".lock"));
    std::filesystem::remove_all(place);
    CHECK(held->renew(place) == boost::system::errc::no_such_file_or_directory);
    std::filesystem::rename(dir.path() / "aside", place);
    CHECK_FALSE(held->renew(place).failed());
    CHECK(directory_lock::take(place).error() == state::failure::in_use);
}

TEST_CASE("directory_lock: folders beside each other do not know each other")
{
    const test::scratch dir;
    const auto one = directory_lock::take(dir.path() / "one");
    const auto other = directory_lock::take(dir.path() / "other");
    CHECK(one.has_value());
    CHECK(other.has_value());
}

TEST_CASE("disk: a FIFO is no file, and nobody waits for its other end")
{
    const test::scratch dir;
    const auto path = dir.path() / "fifo";
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
    CHECK(state::read_file(path, 1000).error() == state::failure::not_a_file);
    CHECK(state::read_file(dir.path(), 1000).error() == boost::system::errc::is_a_directory);
    CHECK(state::read_file("/dev/zero", 1000).error() == state::failure::not_a_file);
}

TEST_CASE("pickle: a file of marks, of empty lists or of kept values is refused before it fills the memory")
{
    for (const char code : {'(', ']', '\x94'})
    {
        const auto read = state::read_pickle("N" + std::string(16 << 20, code) + ".");
        CHECK_FALSE(read.value.has_value());
        CHECK(read.problem.find("opcodes") != std::string::npos);
    }
}
