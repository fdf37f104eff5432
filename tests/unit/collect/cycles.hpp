#pragma once

#include "collect/puller.hpp"
#include "flow/task_group.hpp"
#include "scene.hpp"

#include <chrono>
#include <optional>

namespace qdc::test
{

/// Whole cycles of a puller, which the derived class has, while time passes. The sink confirms at once.
struct cycles
{
    explicit cycles(collect_scene& around) : scene(around), group(scene.ex) {}

    void begin(collect::puller& puller)
    {
        scene.sink.confirms_at_once = true;
        group.spawn("saver", puller.save_checkpoints());
    }

    boost::asio::awaitable<void> one_cycle(collect::puller& puller)
    {
        const auto end = co_await puller.run_once();
        ended = end;
    }

    /// Until its end, for so many steps at most; how many it took. After `turns` turns of the loop each step's time has passed.
    boost::asio::awaitable<int>
    run_cycle(collect::puller& puller, int most_steps, std::chrono::milliseconds step, int turns)
    {
        ended.reset();
        group.spawn("cycle", one_cycle(puller));
        int steps = 0;
        for (; steps < most_steps && !ended; ++steps)
        {
            co_await turn(turns);
            scene.time.advance(step);
        }
        co_return steps;
    }

    boost::asio::awaitable<void> stop()
    {
        group.stop();
        co_await group.join();
    }

    collect_scene& scene;
    task_group group;
    std::optional<collect::cycle_end> ended;
};

}  // namespace qdc::test
