#include "sandbox/config_file.hpp"
#include "sandbox/sandbox.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <stdexcept>

#include <pthread.h>

namespace
{

using namespace qdc::sandbox;

constexpr int wrong_usage = 2;

void print_usage()
{
    std::cout
        << "qualys-devo-sandbox VERB --directory DIR [options]\n\n"
           "  serve    plays Qualys and Devo until SIGTERM or SIGINT\n"
           "  verify   compares what arrived with what must have arrived: [--json] [--latest] [--max-duplicates N]\n"
           "  config   writes DIR/config/config.yaml (serve does so as well)\n\n";
    for (const auto& entry : option_table())
    {
        std::string name = "--" + std::string(entry.name);
        std::replace(name.begin(), name.end(), '_', '-');
        std::printf("  %-26s %s\n", name.c_str(), std::string(entry.meaning).c_str());
    }
}

int serve(const options& from)
{
    // Blocked before any thread begins, so that only sigwait sees them.
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    playground both(from);
    std::cout << "ready" << std::endl;
    int got = 0;
    sigwait(&ends, &got);
    both.stop();
    return 0;
}

int compare(const options& from, const std::vector<std::string>& words)
{
    const auto has = [&words](std::string_view word)
    { return std::find(words.begin(), words.end(), word) != words.end(); };
    const auto limit = std::find(words.begin(), words.end(), "--max-duplicates");
    const auto result = verify(from, has("--latest"));
    std::cout << (has("--json") ? to_json_text(result) + '\n' : to_table(result));
    if (!result.complete())
        return 1;
    if (limit == words.end())
        return 0;
    if (limit + 1 == words.end())
        throw std::runtime_error("--max-duplicates needs a number");
    return result.duplicates() <= std::stoull(*(limit + 1)) ? 0 : 1;
}

int run(const std::vector<std::string>& arguments)
{
    options settings;
    std::vector<std::string> words;
    parse_options(settings, arguments, words);  // for the directory
    if (!settings.directory.empty())
    {
        const auto directory = settings.directory;
        settings = {};
        load_options(settings, directory);
        words.clear();
        parse_options(settings, arguments, words);
    }
    const bool help = !words.empty() && (words[0] == "help" || words[0] == "--help");
    if (words.empty() || help || settings.directory.empty())
    {
        print_usage();
        return help ? 0 : wrong_usage;
    }
    const auto verb = words[0];
    words.erase(words.begin());
    if (verb == "verify")
        return compare(settings, words);
    if (!words.empty())
        throw std::runtime_error("unknown option " + words[0]);
    if (verb == "serve")
        return serve(settings);
    if (verb != "config")
        throw std::runtime_error("unknown verb " + verb);
    write_collector_config(
        settings, static_cast<unsigned short>(settings.qualys_port), static_cast<unsigned short>(settings.devo_port)
    );
    return 0;
}

}  // namespace

int main(int argc, char** argv)
{
    try
    {
        return run({argv + 1, argv + argc});
    }
    catch (const std::exception& error)
    {
        std::cerr << "qualys-devo-sandbox: " << error.what() << '\n';
        return wrong_usage;
    }
}
