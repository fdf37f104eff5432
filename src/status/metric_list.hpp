#pragma once

#include "base/histogram.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qdc::status
{

/// What Prometheus does with a family: a counter only grows, a gauge goes both ways.
enum class metric_kind
{
    counter,
    gauge,
    histogram,
};

using metric_labels = std::vector<std::pair<std::string, std::string>>;

/// Metric families in the order in which they are begun, written as Prometheus text (format version 0.0.4). The data
/// model and the text are prometheus-cpp's; its headers stay behind this one.
class metric_list
{
public:
    metric_list();
    ~metric_list();
    metric_list(const metric_list&) = delete;
    metric_list& operator=(const metric_list&) = delete;

    /// Begins a family; what is added from now on belongs to it. It is written even when nothing is added.
    void begin(metric_kind kind, std::string name, std::string help);

    /// Adds the value of one set of labels; a set may occur once in a family.
    void add(metric_labels labels, double value);
    /// The same for a family of histograms.
    void add(metric_labels labels, const histogram& observed);

    /// All families begun so far.
    std::string text() const;

private:
    struct families;
    std::unique_ptr<families> families_;
};

}  // namespace qdc::status
