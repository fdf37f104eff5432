#pragma once

#include "ports/reports.hpp"

#include <map>
#include <string>
#include <utility>

namespace qdc::app
{

/// The reports of all services and outputs. It outlives a reload, so that counters go on; what is no longer configured
/// is kept but not shown.
class report_book
{
public:
    /// Made when it is asked for the first time; stays where it is.
    service_report& service(const std::string& input, const std::string& name)
    {
        auto& report = services_[{input, name}];
        report.input = input;
        report.service = name;
        return report;
    }

    output_report& output(const std::string& name)
    {
        auto& report = outputs_[name];
        report.output = name;
        return report;
    }

private:
    std::map<std::pair<std::string, std::string>, service_report> services_;
    std::map<std::string, output_report> outputs_;
};

}  // namespace qdc::app
