#include "status/metric_list.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <cstdint>
#include <limits>

namespace qdc::status
{
namespace
{

/// The kind in the words of the library.
prometheus::MetricType type_of(metric_kind kind)
{
    switch (kind)
    {
        case metric_kind::counter:
            return prometheus::MetricType::Counter;
        case metric_kind::gauge:
            return prometheus::MetricType::Gauge;
        case metric_kind::histogram:
            return prometheus::MetricType::Histogram;
    }
    return prometheus::MetricType::Untyped;
}

/// Prometheus counts each range together with all below it.
prometheus::ClientMetric::Histogram cumulative(const histogram& observed)
{
    prometheus::ClientMetric::Histogram out;
    // The counts 2, 1, 0 become 2, 3, 3.
    std::uint64_t count = 0;
    for (std::size_t range = 0; range < observed.counts.size(); ++range)
    {
        const bool endless = range == histogram::bounds.size();
        count += observed.counts[range];
        out.bucket.push_back({count, endless ? std::numeric_limits<double>::infinity() : histogram::bounds[range]});
    }
    out.sample_count = count;
    out.sample_sum = observed.sum;
    return out;
}

/// Begins a sample with these labels at the end of its family.
prometheus::ClientMetric& append(prometheus::MetricFamily& family, metric_labels labels)
{
    auto& metric = family.metric.emplace_back();
    for (auto& [name, value] : labels)
        metric.label.push_back({std::move(name), std::move(value)});
    return metric;
}

}  // namespace

struct metric_list::families
{
    std::vector<prometheus::MetricFamily> all;
};

metric_list::metric_list() : families_(std::make_unique<families>()) {}

metric_list::~metric_list() = default;

void metric_list::begin(metric_kind kind, std::string name, std::string help)
{
    families_->all.push_back({std::move(name), std::move(help), type_of(kind), {}});
}

void metric_list::add(metric_labels labels, double value)
{
    auto& family = families_->all.back();
    auto& metric = append(family, std::move(labels));
    if (family.type == prometheus::MetricType::Counter)
        metric.counter.value = value;
    else
        metric.gauge.value = value;
}

void metric_list::add(metric_labels labels, const histogram& observed)
{
    append(families_->all.back(), std::move(labels)).histogram = cumulative(observed);
}

std::string metric_list::text() const
{
    return prometheus::TextSerializer().Serialize(families_->all);
}

}  // namespace qdc::status
