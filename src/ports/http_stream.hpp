#pragma once

#include "base/error.hpp"
#include "base/secret.hpp"
#include "ports/call_stage.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace qdc
{

/// One POST to the source. Where it goes (host, port, proxy, trust) belongs to the adapter: a request cannot
/// take the credentials anywhere else.
struct http_request
{
    std::string target;    ///< origin-form: path and query, percent-encoded
    std::string body;      ///< application/x-www-form-urlencoded; empty makes it a GET
    secret authorization;  ///< the complete value of the header, or empty
};

/// Status line and headers of an answer.
struct http_head
{
    unsigned status{0};
    std::vector<std::pair<std::string, std::string>> fields;  ///< names in lower case, in order of arrival

    /// The value of the first field of that (lower-case) name, or empty.
    std::string_view field(std::string_view name) const
    {
        for (const auto& [key, value] : fields)
            if (key == name)
                return value;
        return {};
    }
};

/// One exchange whose body is pulled by the caller: nothing is read ahead of demand.
class http_stream
{
public:
    virtual ~http_stream() = default;

    /// Connects if needed, sends the request and reads the header.
    virtual boost::asio::awaitable<result<http_head>> open(http_request request) = 0;

    /// Fills the front of `into`; returns how much, 0 at the end of a complete body. A body that ends early is
    /// errc::body_cut or the transport's own error.
    virtual boost::asio::awaitable<result<std::size_t>> read_some(std::span<char> into) = 0;

    /// Whether the source has sent something that read_some() has not given yet.
    virtual bool has_more() const { return false; }

    /// Gives up the exchange; the next open() starts on a fresh connection.
    virtual void close() = 0;

    /// How far the exchange has come; after a failure, where it failed.
    virtual call_stage stage() const = 0;

    /// "host:port" as configured, the way there when it is not the direct one, and the addresses that were tried last;
    /// for messages.
    virtual std::string endpoint() const = 0;
};

/// Makes streams to one source, each with a connection of its own.
using source_maker = std::function<std::unique_ptr<http_stream>()>;

}  // namespace qdc
