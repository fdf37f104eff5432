#pragma once

#include "sandbox/options.hpp"
#include "sandbox/verify.hpp"

#include <memory>
#include <string>

namespace qdc::sandbox
{

/// Qualys and Devo on loopback, each on a thread of its own, from the constructor to stop().
///
/// Writes into `directory`: certs/, config/config.yaml, state/ (for the collector); sandbox.json, served.jsonl,
/// requests.jsonl, devo/ (for verify). In a directory that was used before, the data, ports and certificates of that
/// run go on.
class playground
{
public:
    /// Both sides listen when it returns. Throws std::runtime_error or boost::system::system_error.
    explicit playground(options from);

    /// Stops, if stop() was not called.
    ~playground();
    playground(const playground&) = delete;
    playground& operator=(const playground&) = delete;

    [[nodiscard]] unsigned short qualys_port() const;
    [[nodiscard]] unsigned short devo_port() const;

    /// The options in force, with epoch and ports filled in.
    [[nodiscard]] const options& settings() const;

    /// A control message as POST /sandbox/control takes it; gives back the status. Throws std::runtime_error.
    std::string control(const std::string& json_text);

    /// All counters as JSON.
    std::string status();

    /// Ends both sides; connections to Devo that are open get a reset. Writes devo/stats.json.
    void stop();

private:
    struct state;
    std::unique_ptr<state> state_;
};

/// Reads DIR/sandbox.json over the defaults; leaves `into` as it is when there is none.
void load_options(options& into, const std::string& directory);

}  // namespace qdc::sandbox
