#include "app/main.hpp"

int main(int argc, char** argv)
{
    return qdc::app::main(argc, argv);
}
