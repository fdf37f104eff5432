#pragma once

#include "sandbox/history.hpp"
#include "sandbox/options.hpp"
#include "sandbox/text_pool.hpp"

namespace qdc::sandbox
{

/// Everything that exists on the Qualys side at one moment. Not shared between threads; verify makes its own.
struct world
{
    explicit world(options from) : settings(std::move(from)), begin(settings.begin()), past(settings) {}

    options settings;
    instant begin;  ///< "now" of the seed's data
    history past;
    text_pool pool{settings.seed, settings.results_max};
};

}  // namespace qdc::sandbox
