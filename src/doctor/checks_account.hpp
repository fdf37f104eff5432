#pragma once

#include "base/secret.hpp"
#include "doctor/checks.hpp"
#include "ports/http_stream.hpp"
#include "ports/time_source.hpp"
#include "settings/settings.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace qdc::doctor
{

/// What the activity log shows about the account that asks.
struct account_role
{
    std::string name;         ///< "Manager" …, as its own rows say; empty: not known
    bool is_limited{false};   ///< it may not ask for one user's rows: it is no manager
    std::string not_known{};  ///< why there is no name
};

/// Asks the activity log for one row of the account's own; where it may not name a user (code 1901), for any row: then all
/// that it sees are its own.
boost::asio::awaitable<account_role>
ask_role(http_stream& source, settings::input input, secret authorization, time_source& time);

/// The number of hosts that the account sees, counted while the list of ids arrives.
struct host_count
{
    std::optional<std::uint64_t> hosts;
    std::string not_known;  ///< why not
};

boost::asio::awaitable<host_count>
count_hosts(http_stream& source, settings::input input, secret authorization, time_source& time);

/// A role that sees less than the subscription has is a warning, one without the permission for what is configured a failure;
/// what is not known is neither.
void note_role(const account_role& role, const settings::input& input, check_notes& notes);

/// No host at all is a warning; a number that is not known is neither.
void note_hosts(const host_count& count, check_notes& notes);

/// Role and scope of the account: a wrong role gives fewer rows, not an error.
boost::asio::awaitable<void>
check_account(settings::input input, http_stream& source, secret authorization, time_source& time, check_notes& notes);

}  // namespace qdc::doctor
