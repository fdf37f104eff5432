#include "logging/output.hpp"

#include "unit/logging/pipe_pair.hpp"

#include <cstdlib>
#include <filesystem>

#include <sys/stat.h>
#include <sys/un.h>

using namespace qdc;
using namespace std::chrono_literals;
using logging::log_format;
using test::pipe_pair;

namespace
{

/// Options for a log that writes to `pipe` at a fixed time and finds no journal.
logging::log_options options_for(const pipe_pair& pipe, log_format format)
{
    logging::log_options options;
    options.format = format;
    options.descriptor = pipe.writer();
    options.journal_socket = "/nonexistent/journal";
    options.now = []() -> utc_time { return std::chrono::sys_days(std::chrono::year(2023) / 1 / 10) + 15h; };
    return options;
}

log_record sample()
{
    return {log_level::info, "X", "m", {{"service", "host_list"}}};
}

/// Plays journald: a datagram socket under a path of its own.
class played_journal
{
public:
    played_journal() : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))
    {
        auto name = (std::filesystem::temp_directory_path() / "qdc-journal-XXXXXX").native();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        directory_ = name;
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        REQUIRE(path().copy(address.sun_path, sizeof address.sun_path - 1) == path().size());
        REQUIRE(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    }

    ~played_journal()
    {
        ::close(socket_);
        std::filesystem::remove_all(directory_);
    }

    played_journal(const played_journal&) = delete;
    played_journal& operator=(const played_journal&) = delete;

    std::string path() const { return directory_ / "socket"; }

    /// The next datagram, or nothing.
    std::string take() const
    {
        std::string datagram(65536, '\0');
        const auto got = ::recv(socket_, datagram.data(), datagram.size(), 0);
        datagram.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
        return datagram;
    }

private:
    std::filesystem::path directory_;
    int socket_;
};

/// Sets a variable of the environment for one test case.
class environment
{
public:
    environment(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }

    ~environment() { ::unsetenv(name_); }

    environment(const environment&) = delete;
    environment& operator=(const environment&) = delete;

private:
    const char* name_;
};

std::string stream_name_of(int descriptor)
{
    struct stat about = {};
    REQUIRE(::fstat(descriptor, &about) == 0);
    return std::to_string(about.st_dev) + ":" + std::to_string(about.st_ino);
}

}  // namespace

TEST_CASE("log: text is what comes without a choice")
{
    pipe_pair pipe;
    logging::make_log(options_for(pipe, log_format::automatic))->write(sample());
    CHECK(pipe.read_all() == "2023-01-10T15:00:00.000    INFO X -> m\n");
}

TEST_CASE("log: JSON when asked for")
{
    pipe_pair pipe;
    logging::make_log(options_for(pipe, log_format::json))->write(sample());
    CHECK(
        pipe.read_all() ==
        R"({"time":"2023-01-10T15:00:00.000Z","level":"info","origin":"X","message":"m","service":"host_list"})"
        "\n"
    );
}

TEST_CASE("log: records below the threshold are not written, and the threshold can change")
{
    pipe_pair pipe;
    const auto log = logging::make_log(options_for(pipe, log_format::text));
    CHECK_FALSE(log->enabled(log_level::debug));
    log->write({log_level::debug, "X", "hidden", {}});
    log->set_threshold(log_level::debug);
    CHECK(log->enabled(log_level::debug));
    log->write({log_level::debug, "X", "shown", {}});
    CHECK(pipe.read_all() == "2023-01-10T15:00:00.000   DEBUG X -> shown\n");
}

TEST_CASE("log: the journal is chosen when standard error leads to it")
{
    pipe_pair pipe;
    const played_journal journal;
    auto options = options_for(pipe, log_format::automatic);
    options.journal_socket = journal.path();

    SUBCASE("the variable names this very stream")
    {
        const environment variable("JOURNAL_STREAM", stream_name_of(pipe.writer()));
        logging::make_log(options)->write(sample());
        CHECK(
            journal.take() == "PRIORITY=6\nSYSLOG_IDENTIFIER=qualys-devo-collector\nORIGIN=X\nMESSAGE=X -> m\n"
                              "SERVICE=host_list\n"
        );
        CHECK(pipe.read_all().empty());
    }
    SUBCASE("the variable was inherited, and standard error goes elsewhere")
    {
        const environment variable("JOURNAL_STREAM", "1:1");
        logging::make_log(options)->write(sample());
        CHECK(journal.take().empty());
        CHECK(pipe.read_all() == "2023-01-10T15:00:00.000    INFO X -> m\n");
    }
}

TEST_CASE("log: without a journald its records go to standard error with their priority")
{
    pipe_pair pipe;
    logging::make_log(options_for(pipe, log_format::journald))->write(sample());
    CHECK(pipe.read_all() == "<6>2023-01-10T15:00:00.000    INFO X -> m\n");
}

TEST_CASE("log: a journald that does not keep up costs records, which are counted and told")
{
    pipe_pair pipe;
    const played_journal journal;
    auto options = options_for(pipe, log_format::journald);
    options.journal_socket = journal.path();
    const auto log = logging::make_log(options);
    for (int i = 0; i < 5000; ++i)
        log->write(sample());
    const auto dropped = log->dropped();
    CHECK(dropped > 0);
    CHECK(pipe.read_all().empty());
    while (!journal.take().empty())
    {
    }
    log->write(sample());
    CHECK(journal.take().find(std::to_string(dropped) + " log records were dropped") != std::string::npos);
    CHECK(journal.take().find("MESSAGE=X -> m\n") != std::string::npos);
    log->write(sample());
    CHECK(journal.take().find("dropped") == std::string::npos);  // told once
}

TEST_CASE("log: what a stalled standard error cost is told when it is read again")
{
    pipe_pair pipe;
    const auto log = logging::make_log(options_for(pipe, log_format::text));
    for (int i = 0; i < 5000; ++i)
        log->write(sample());
    const auto dropped = log->dropped();
    REQUIRE(dropped > 0);
    pipe.read_all();
    log->write({log_level::info, "X", "after", {}});  // what was kept goes out first, and fills the pipe again
    pipe.read_all();
    log->write({log_level::info, "X", "again", {}});
    CHECK(
        pipe.read_all() == "2023-01-10T15:00:00.000 WARNING MainProcess::Log -> " + std::to_string(dropped) +
                               " log records were dropped, as nobody took them [log_lost]\n"
                               "2023-01-10T15:00:00.000    INFO X -> after\n"
                               "2023-01-10T15:00:00.000    INFO X -> again\n"
    );
}

TEST_CASE("log: formats and levels as the command line spells them")
{
    CHECK(logging::log_format_of("text") == log_format::text);
    CHECK(logging::log_format_of("json") == log_format::json);
    CHECK(logging::log_format_of("journald") == log_format::journald);
    CHECK_FALSE(logging::log_format_of("xml"));
    CHECK(logging::log_level_of("debug") == log_level::debug);
    CHECK(logging::log_level_of("WARNING") == log_level::warning);
    CHECK_FALSE(logging::log_level_of("loud"));
}
