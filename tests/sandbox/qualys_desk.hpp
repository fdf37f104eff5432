#pragma once

#include "sandbox/endpoint_rules.hpp"
#include "sandbox/faults.hpp"
#include "sandbox/http_message.hpp"
#include "sandbox/quota.hpp"
#include "sandbox/world.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace qdc::sandbox
{

/// A place among the running calls of an endpoint; given back when it dies.
class seat
{
public:
    seat() = default;

    seat(quota& of, std::string endpoint) : of_(&of), endpoint_(std::move(endpoint)) {}

    seat(seat&& other) noexcept : of_(std::exchange(other.of_, nullptr)), endpoint_(std::move(other.endpoint_)) {}

    seat& operator=(seat&& other) noexcept;

    ~seat() { leave(); }

private:
    void leave() noexcept;

    quota* of_ = nullptr;
    std::string endpoint_;
};

/// An answer and what shall happen to it on its way.
struct desk_answer
{
    http_answer answer;
    std::vector<fault> faults;  ///< of the transport: cut, stall, slow, silent
    seat place;
    bool may_compress = false;
    std::chrono::milliseconds delay{0};  ///< until its first byte
    std::function<bool()> held;          ///< as long as it says so, nothing is sent; empty: it is not held
};

/// What the Devo side lets the control endpoint do. Both functions return JSON text.
struct devo_access
{
    std::function<std::string()> status;
    std::function<void(const std::vector<std::string>&)> set_faults;
};

/// Decides every answer of the Qualys side: login, limits, parameters, faults, control. Knows no sockets; lives on one
/// thread. Writes served.jsonl and requests.jsonl in the directory of the options.
class qualys_desk
{
public:
    /// Replays served.jsonl when there is one. Throws std::runtime_error for unusable options or files.
    qualys_desk(const options& from, devo_access devo);

    desk_answer answer(const http_request& request);

    /// Applies a change and writes it down first.
    void announce(const change& next);

    /// What POST /sandbox/control does. Throws std::runtime_error with a sentence; nothing is changed then.
    void control(std::string_view json_text);

    [[nodiscard]] std::string status() const;

    [[nodiscard]] const options& settings() const { return world_.settings; }

    /// Unfinished scans take one step, when they are to move by themselves.
    void scan_tick() { announce(scans_moved{}); }

    void count_sent(std::uint64_t bytes) { sent_bytes_ += bytes; }

private:
    struct route
    {
        endpoint what = endpoint::unknown;
        std::string path;
        std::string limit_name;  ///< endpoint and version share a quota per action
    };

    [[nodiscard]] route route_of(const std::string& path, const parameter_map& given) const;
    [[nodiscard]] route known_route_of(const std::string& whole, const parameter_map& given) const;
    [[nodiscard]] http_answer sandbox_answer(const http_request& request);
    [[nodiscard]] http_answer refusal(unsigned status, unsigned code, const std::string& text) const;
    [[nodiscard]] desk_answer qualys_answer(const http_request& request, const route& to, const parameter_map& given);
    [[nodiscard]] http_answer document_for(const route& to, parameter_map given, const std::vector<fault>& struck);
    void slow_down(desk_answer& reply, const route& to, const parameter_map& given);
    void note_request(const http_request& request, const route& to, const parameter_map& given);
    void add_limit_headers(http_answer& to, const quota::standing& now) const;

    world world_;
    devo_access devo_;
    fault_book faults_{fault_side::qualys};
    quota quota_;
    std::ofstream served_;
    std::ofstream requests_;
    std::deque<std::string> recent_;  ///< JSON objects of the last requests
    std::map<std::string, std::uint64_t> requests_by_endpoint_;
    std::map<std::string, std::uint64_t> answers_by_status_;
    std::uint64_t sent_bytes_ = 0;
    std::uint64_t delayed_ = 0;    ///< answers with a page_time
    std::uint64_t delays_ms_ = 0;  ///< of them, together
};

}  // namespace qdc::sandbox
