#include "cli/main.hpp"

int main(int argc, char** argv)
{
    return qdc::cli::main(argc, argv);
}
