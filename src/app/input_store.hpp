#pragma once

#include "base/error.hpp"
#include "flow/condition.hpp"
#include "ports/log.hpp"
#include "ports/value_store.hpp"
#include "store/environment.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace qdc::app
{

class late_table;

/// What the services of one input remember beyond their checkpoints: a table for each of them that has something to
/// remember, in one store on disk. Nothing is opened before a table is asked for, and no file is made.
class input_store
{
public:
    /// `folder`: of the store; empty: it stays in memory.
    input_store(boost::asio::any_io_executor ex, std::filesystem::path folder, log_origin log);
    ~input_store();

    input_store(const input_store&) = delete;
    input_store& operator=(const input_store&) = delete;

    /// The table of that name, always the same object. It is empty, and nothing may be put into it, until open().
    std::shared_ptr<value_store> table(const std::string& name);

    /// Opens what was asked for and is not open yet, on another thread: what stands on disk is read over first. A store that
    /// is damaged or of another version is set aside, with a warning, and an empty one takes its place.
    ///
    /// Errors: errno of a folder that cannot be made, read or written; an error is logged as well. Who calls meanwhile waits
    /// for the same try and gets its answer; a later call tries again.
    boost::asio::awaitable<error_code> open();

private:
    bool is_open() const;

    std::filesystem::path folder_;
    log_origin log_;
    condition opened_;
    bool opening_{false};
    error_code failure_;  ///< the last time
    std::chrono::steady_clock::time_point failing_since_{};
    std::unique_ptr<store::environment> environment_;  ///< outlives its tables
    std::map<std::string, std::shared_ptr<late_table>> tables_;
};

/// The stores of all inputs. They outlive a reload: LMDB allows a process to open a store once only.
class store_book
{
public:
    /// `folder`: in which each input has its own; empty: in memory.
    store_book(boost::asio::any_io_executor ex, std::filesystem::path folder, log& out);

    /// Made when it is asked for the first time; stays where it is.
    input_store& of(const std::string& input, const std::string& id);

private:
    boost::asio::any_io_executor ex_;
    std::filesystem::path folder_;
    log& log_;
    std::map<std::pair<std::string, std::string>, input_store> stores_;
};

/// The folder of an input's store: "STATE/store/qualys.13241243".
std::filesystem::path
store_folder(const std::filesystem::path& state_directory, const std::string& input, const std::string& id);

}  // namespace qdc::app
