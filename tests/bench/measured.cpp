// Runs a program on one core, out of the way of everything else, and says what it cost.
//
//   measured REPORT CORE PRIORITY PROGRAM [ARGUMENT …]
//
// REPORT becomes {"cpu_seconds": …, "user_seconds": …, "wall_seconds": …, "peak_kib": …, "started": …, "status": …,
// "realtime": …}; `started` is CLOCK_MONOTONIC in seconds. PRIORITY is that of SCHED_RR; 0, or a system that does not
// allow it: the ordinary scheduler. The peak is exact as long as it is above this small launcher's own.

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>

#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace
{

double monotonic_seconds()
{
    std::timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double seconds(const timeval& time)
{
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

bool settle_on(int core, int priority)
{
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(static_cast<std::size_t>(core), &cores);
    ::sched_setaffinity(0, sizeof cores, &cores);
    const sched_param wanted{.sched_priority = priority};
    return priority > 0 && ::sched_setscheduler(0, SCHED_RR, &wanted) == 0;
}

pid_t child = 0;

void pass_on(int number)
{
    ::kill(child, number);
}

}  // namespace

int main(int argc, char** argv)
{
    if (argc < 5)
    {
        std::fputs("usage: measured REPORT CORE PRIORITY PROGRAM [ARGUMENT …]\n", stderr);
        return 2;
    }
    const bool realtime = settle_on(std::atoi(argv[2]), std::atoi(argv[3]));
    const double started = monotonic_seconds();
    child = ::fork();
    if (child == 0)
    {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::execvp(argv[4], argv + 4);
        std::perror(argv[4]);
        ::_exit(127);
    }
    for (const int number : {SIGTERM, SIGINT})
        std::signal(number, pass_on);
    int status = 0;
    rusage used{};
    while (::wait4(child, &status, 0, &used) < 0 && errno == EINTR)
        continue;
    const double ended = monotonic_seconds();
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    std::ofstream out(argv[1]);
    out.precision(15);
    out << "{\"cpu_seconds\": " << seconds(used.ru_utime) + seconds(used.ru_stime)
        << ", \"user_seconds\": " << seconds(used.ru_utime) << ", \"wall_seconds\": " << ended - started
        << ", \"peak_kib\": " << used.ru_maxrss << ", \"started\": " << started << ", \"status\": " << code
        << ", \"realtime\": " << (realtime ? "true" : "false") << "}\n";
    return code;
}
