#pragma once

#include "base/secret.hpp"
#include "logging/secret_mask.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::doctor
{

/// How a check ended.
enum class check_status
{
    ok,
    warn,
    fail,
    skip,  ///< not made, because one before it failed
};

/// Which part of the configuration a check is about.
enum class check_side
{
    local,
    input,
    output,
};

/// What one check found.
struct check_result
{
    check_status status{check_status::ok};
    check_side side{check_side::local};
    std::string name;    ///< of the input or output; empty for local checks
    std::string check;   ///< "name resolution", "login" …
    std::string result;  ///< what was found, with the numbers
    std::string fix;     ///< what helps; empty with ok
};

/// One line for people, without its line break. `name_width` is that of the longest name.
std::string check_line(const check_result& check, std::size_t name_width);

/// A JSON array of objects: status, input or output, check, result, fix.
std::string checks_json(const std::vector<check_result>& all);

/// Gathers results. Whatever a server said, each is one line of UTF-8 without a known secret.
class check_list
{
public:
    /// `seen` gets each result as soon as it is there.
    explicit check_list(std::function<void(const check_result&)> seen) : seen_(std::move(seen)) {}

    /// A login that no result may show, in none of the forms in which it travels.
    void hide(const std::string& user, const secret& password) { secrets_.hide(user, password); }

    /// Masks secrets, puts the texts on one line each, and adds the result.
    void add(check_result found);

    /// All results so far, in the order in which they came.
    const std::vector<check_result>& all() const noexcept { return all_; }

    /// Whether one of them is `fail`.
    bool failed() const noexcept;

private:
    logging::secret_mask secrets_;
    std::function<void(const check_result&)> seen_;
    std::vector<check_result> all_;
};

/// The list as the checks of one input, of one output or of the machine see it.
class check_notes
{
public:
    check_notes(check_list& all, check_side side, std::string name) : all_(all), side_(side), name_(std::move(name)) {}

    /// The check found nothing wrong.
    void ok(std::string_view check, std::string result) { add(check_status::ok, check, std::move(result), {}); }

    /// Works, but somebody should look at it; `fix` says what helps.
    void warn(std::string_view check, std::string result, std::string fix)
    {
        add(check_status::warn, check, std::move(result), std::move(fix));
    }

    /// The collector could not work like that; `fix` says what helps.
    void fail(std::string_view check, std::string result, std::string fix)
    {
        add(check_status::fail, check, std::move(result), std::move(fix));
    }

    /// The check was not made, or found nothing out; `reason` says why.
    void skip(std::string_view check, std::string reason) { add(check_status::skip, check, std::move(reason), {}); }

private:
    void add(check_status status, std::string_view check, std::string result, std::string fix);

    check_list& all_;
    check_side side_;
    std::string name_;
};

}  // namespace qdc::doctor
