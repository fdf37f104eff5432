#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace qdc::sandbox
{

/// One thing that goes wrong, as `KIND:KEY=VALUE,KEY=VALUE` says it. Common keys: `nth` (from the how-manieth match on;
/// default 1), `times` (how often; 0, the default, means from then on always; 1 when `nth` is given), `every` (each so-manieth
/// match instead), `endpoint`.
struct fault
{
    std::string kind;
    std::string endpoint = "*";
    std::string how;
    std::string to;  ///< where a redirect leads
    std::map<std::string, std::uint64_t> numbers;
    std::uint64_t seen = 0;             ///< how often it could have struck
    std::uint64_t* happened = nullptr;  ///< where its book counts what really happened

    [[nodiscard]] std::uint64_t number(const std::string& key, std::uint64_t otherwise) const;

    /// To be called by whoever makes the fault happen: a body that ends before the place of a cut was never cut.
    void happen() const;
};

enum class fault_side
{
    qualys,
    devo,
};

/// Throws std::runtime_error with a sentence for an unknown kind or key.
fault parse_fault(std::string_view text, fault_side side);

/// The faults of one side and how often each really happened.
class fault_book
{
public:
    explicit fault_book(fault_side side) : side_(side) {}

    /// Replaces all rules; what the old ones did stays in totals(). Throws as parse_fault does, changing
    /// nothing.
    void set(const std::vector<std::string>& texts);

    /// The faults that are meant for this answer or connection. `page_size` is compared with a rule's `limit_above`.
    /// The book outlives them.
    std::vector<fault> strike(std::string_view endpoint, std::uint64_t page_size = 0);

    /// How often each kind happened since the start.
    [[nodiscard]] const std::map<std::string, std::uint64_t>& totals() const { return totals_; }

private:
    fault_side side_;
    std::vector<fault> rules_;
    std::map<std::string, std::uint64_t> totals_;
};

/// The first of `struck` of this kind, or nullptr.
const fault* find_fault(const std::vector<fault>& struck, std::string_view kind);

}  // namespace qdc::sandbox
