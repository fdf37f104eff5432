// What most files of the collector, the sandbox and the tests include anyway, parsed once for each of them where
// b_pch is on. No file may rely on it.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <boost/json/value.hpp>

#include <fmt/format.h>
