#include "support/golden.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace qdc::test
{
namespace
{

std::filesystem::path path_of(std::string_view name)
{
    const char* root = std::getenv("QDC_TEST_DATA");
    REQUIRE_MESSAGE(root != nullptr, "run through `meson test`: QDC_TEST_DATA is not set");
    return std::filesystem::path(root) / name;
}

}  // namespace

std::string data(std::string_view name)
{
    std::ifstream in(path_of(name), std::ios::binary);
    REQUIRE_MESSAGE(in.good(), "missing test data: ", std::string(name));
    return {std::istreambuf_iterator<char>(in), {}};
}

void check_golden(std::string_view name, std::string_view actual)
{
    if (std::getenv("QDC_ACCEPT") != nullptr)
    {
        std::ofstream(path_of(name), std::ios::binary) << actual;
        FAIL_CHECK("accepted: ", std::string(name));
        return;
    }
    CHECK(std::string(actual) == data(name));
}

}  // namespace qdc::test
