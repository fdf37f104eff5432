#include "app/reload.hpp"

#include <doctest/doctest.h>

using namespace qdc;

TEST_CASE("reload: the first error says why a configuration is refused")
{
    using settings::severity;
    const std::vector<settings::problem> problems{
        {severity::warning, "config.yaml", 3, "globals", "is odd", "look"},
        {severity::error, "config.yaml", 7, "inputs.x.id", "is missing", "write it"},
        {severity::error, "config.yaml", 9, "outputs", "is missing", "write it"}};
    const auto text = app::first_error(problems);
    CHECK(text.find("config.yaml") != std::string::npos);
    CHECK(text.find("inputs.x.id") != std::string::npos);
    CHECK(text.find("is odd") == std::string::npos);
}

TEST_CASE("reload: what cannot change while running is named")
{
    settings::collector now;
    now.state_directory = "/var/lib/x";
    auto changed = now;
    CHECK(changed == now);
    CHECK(app::fixed_part_changed(now, changed).empty());
    changed.status.port = 9689;
    CHECK_FALSE(changed == now);
    CHECK(app::fixed_part_changed(now, changed) == "globals.status");
    changed = now;
    changed.state_directory = "/var/lib/y";
    CHECK(app::fixed_part_changed(now, changed) == "The state directory");
    changed = now;
    changed.inputs.emplace_back();
    CHECK_FALSE(changed == now);
    CHECK(app::fixed_part_changed(now, changed).empty());
}
