#include "cli/main.hpp"
#include "app/signals.hpp"

namespace
{

// The first constructor of the program: what comes before it is the dynamic linker alone.
[[gnu::constructor(101)]] void begin()
{
    qdc::app::hold_signals();
}

}  // namespace

int main(int argc, char** argv)
{
    return qdc::cli::main(argc, argv);
}
