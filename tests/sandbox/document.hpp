#pragma once

#include "sandbox/utc.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <string_view>
#include <vector>

namespace qdc::sandbox
{

/// One element: a leaf with text, or a container whose descendants follow it in the list up to `end`.
struct node
{
    std::string_view name;
    std::string_view text;
    std::string_view attribute;  ///< name of its only attribute; empty: none
    std::string_view attribute_value;
    std::size_t end = 0;  ///< index after its last descendant
    bool container = false;
};

/// A list of elements in document order: what both the answers (xml_out) and the oracle (json_out) are written from.
/// It says what there is and nothing about how either side writes it.
class document
{
public:
    document() = default;
    document(const document&) = delete;
    document& operator=(const document&) = delete;

    /// Forgets everything; views handed in and out before are dead.
    void clear();

    /// `name` and `text` are not copied: literals, pool slices, or what keep() gave.
    void leaf(std::string_view name, std::string_view text);
    void leaf(std::string_view name, std::string_view text, std::string_view attribute, std::string_view value);
    void number(std::string_view name, std::uint64_t value);
    void time(std::string_view name, instant at);

    /// Opens a container; the result goes to close().
    [[nodiscard]] std::size_t open(std::string_view name);
    void close(std::size_t opened);

    /// Copies `text` to live as long as this document's content.
    std::string_view keep(std::string_view text);

    [[nodiscard]] const std::vector<node>& nodes() const { return nodes_; }

private:
    std::array<std::byte, 32 * 1024> first_block_;
    std::pmr::monotonic_buffer_resource arena_{first_block_.data(), first_block_.size()};
    std::vector<node> nodes_;
};

}  // namespace qdc::sandbox
