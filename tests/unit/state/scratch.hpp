#pragma once

#include "ports/state_store.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace qdc::test
{

/// A directory of its own for one test case; it goes with everything in it.
class scratch
{
public:
    scratch() : path_(std::filesystem::temp_directory_path() / "qdc-state-XXXXXX")
    {
        auto name = path_.native();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }

    ~scratch() { std::filesystem::remove_all(path_); }

    scratch(const scratch&) = delete;
    scratch& operator=(const scratch&) = delete;

    const std::filesystem::path& path() const noexcept { return path_; }

    std::string read(const std::string& name) const
    {
        std::ifstream in(path_ / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    void write(const std::string& name, const std::string& content) const
    {
        std::ofstream(path_ / name, std::ios::binary) << content;
    }

    /// Sorted; the lock is left out.
    std::vector<std::string> names() const
    {
        std::vector<std::string> out;
        for (const auto& each : std::filesystem::directory_iterator(path_))
            if (each.path().filename() != ".lock")
                out.push_back(each.path().filename());
        std::sort(out.begin(), out.end());
        return out;
    }

private:
    std::filesystem::path path_;
};

/// The key most cases use, and its files.
inline const state_key hosts{"qualys", "00123", "host_list"};
inline const std::string newest = "qualys.00123.host_list.json";
inline const std::string previous = "qualys.00123.host_list.prev.json";

}  // namespace qdc::test
